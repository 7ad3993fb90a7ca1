"""The running assistant: channels, storage, command line, composition root."""
