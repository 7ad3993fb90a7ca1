"""One small adapter per platform, all behind the port in base."""
