#include "CProgramArguments.h"

static int count;
static char **values;

// glibc hands initialisers what it hands `main`.
__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  values = argv;
}

int program_argument_count(void) { return count; }

char **program_arguments(void) { return values; }
