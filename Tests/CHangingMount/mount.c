// Whoever asks for a file of HANGING_FILES, names with colons between, gets no answer, as on a mount whose server is gone. Whoever
// opens one of HANGING_CONTENTS waits without end, and the file HANGING_TELLS is there from then on.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Whether the path ends with one of the names, which may have folders before them.
static int hangs(const char *path, const char *variable) {
  const char *names = getenv(variable);
  const size_t length = strlen(path);
  while (names && *names) {
    const size_t name = strcspn(names, ":");
    if (name > 0 && name < length && path[length - name - 1] == '/' && strncmp(path + length - name, names, name) == 0) return 1;
    names += name + (names[name] == ':');
  }
  return 0;
}

int stat(const char *restrict path, struct stat *restrict status) {
  while (hangs(path, "HANGING_FILES")) pause();
  return fstatat(AT_FDCWD, path, status, 0);
}

int open(const char *path, int flags, ...) {
  if (hangs(path, "HANGING_CONTENTS")) {
    const char *told = getenv("HANGING_TELLS");
    if (told) close(openat(AT_FDCWD, told, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    for (;;) pause();
  }
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return openat(AT_FDCWD, path, flags, mode);
}
