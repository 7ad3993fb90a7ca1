"""Names of public bodies: found whole in documents, told apart and recognised however people write them."""

from knowledge.agency_mentions import AgencyMention, find_agencies

__all__ = ["AgencyMention", "find_agencies"]
