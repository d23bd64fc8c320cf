#pragma once

// The arguments as the C library was given them. Swift's `CommandLine` reads them from /proc, and finds none where that is not
// mounted (some chroots and build roots).

// How many; 0 before `main`'s initialisers ran.
int program_argument_count(void);

// The strings themselves, which may be overwritten; as many as the count says.
char *_Nullable *_Nullable program_arguments(void);
