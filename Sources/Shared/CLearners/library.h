// A library that may be there.
#ifndef LEARNER_LIBRARY_H
#define LEARNER_LIBRARY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

/// The first of some libraries that can be loaded; NULL without any.
static void *first_library(const char *const *names) {
    for (; *names; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

/// Finds a function; the pointer is an object's in the eyes of C, and POSIX says that it may be taken for a function's.
static bool find_symbol(void *library, const char *name, void *place) {
    void *found = dlsym(library, name);
    *(void **)place = found;
    return found != NULL;
}

#endif
