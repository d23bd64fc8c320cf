// Loaded into a program by LD_PRELOAD, makes its time of day wrong by WRONG_CLOCK_SECONDS. Has no interface of its own.
