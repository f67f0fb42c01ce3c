"""Paper: letters as PDF, for the print shop."""
