// Whoever asks for a file of HANGING_FILES, names with colons between, gets no answer, as on a mount whose server is gone.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int hangs(const char *path) {
  const char *names = getenv("HANGING_FILES"), *slash = strrchr(path, '/');
  const char *file = slash ? slash + 1 : path;
  const size_t length = strlen(file);
  for (const char *found = names; length > 0 && found && (found = strstr(found, file)); found += length) {
    const char after = found[length];
    if ((found == names || found[-1] == ':') && (after == 0 || after == ':')) return 1;
  }
  return 0;
}

int stat(const char *restrict path, struct stat *restrict status) {
  while (hangs(path)) pause();
  return fstatat(AT_FDCWD, path, status, 0);
}
