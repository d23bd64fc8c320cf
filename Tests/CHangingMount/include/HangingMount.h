// Nothing to call: the library is loaded into a program (LD_PRELOAD).
