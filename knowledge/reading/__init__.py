"""From a file of any accepted format to its text, in a limited child process."""
