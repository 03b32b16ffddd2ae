"""The program in a web page: the folder that is served, and what answers in it."""
