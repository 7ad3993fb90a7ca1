"""Tables and queries of the running assistant; the one place of bot/ that speaks SQL."""
