// The peer of series-benchmark: the slices of a folder, read and decoded by GDCM alone, in the order of their names.
// usage: series_peer FOLDER
#include <gdcm-3.0/gdcmDirectory.h>
#include <gdcm-3.0/gdcmImageReader.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sys/resource.h>
#include <vector>

int main(int count, char **arguments) {
  if (count != 2) return 64;
  const auto begin = std::chrono::steady_clock::now();
  gdcm::Directory folder;
  folder.Load(arguments[1], false);
  auto names = folder.GetFilenames();
  std::sort(names.begin(), names.end());
  std::vector<char> volume;
  size_t filled = 0;
  for (const auto &name : names) {
    gdcm::ImageReader reader;
    reader.SetFileName(name.c_str());
    if (!reader.Read()) return 65;
    const gdcm::Image &image = reader.GetImage();
    const size_t length = image.GetBufferLength();
    if (volume.empty()) volume.resize(length * names.size());
    if (filled + length > volume.size() || !image.GetBuffer(volume.data() + filled)) return 65;
    filled += length;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"seconds\": %.3f, \"memory\": %.1f, \"bytes\": %zu}\n", seconds.count(), usage.ru_maxrss / 1024.0, filled);
  return 0;
}
