"""Settings, sentences and the referral directory: content everybody may cite."""
