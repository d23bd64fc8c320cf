// The peer of series-benchmark: the slices of a folder, read and decoded by GDCM alone, in the order of their names.
// usage: series_peer FOLDER [float64]      float64: also turned into values, as features need them (int16 series)
#include <gdcm-3.0/gdcmDirectory.h>
#include <gdcm-3.0/gdcmImageReader.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sys/resource.h>
#include <vector>

static double processor_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int count, char **arguments) {
  if (count < 2) return 64;
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = processor_time();
  gdcm::Directory folder;
  folder.Load(arguments[1], false);
  auto names = folder.GetFilenames();
  std::sort(names.begin(), names.end());
  std::vector<char> volume;
  std::vector<double> values;
  size_t filled = 0;
  for (const auto &name : names) {
    gdcm::ImageReader reader;
    reader.SetFileName(name.c_str());
    if (!reader.Read()) return 65;
    const gdcm::Image &image = reader.GetImage();
    const size_t length = image.GetBufferLength();
    if (count > 2) {
      volume.resize(length);
      if (!image.GetBuffer(volume.data())) return 65;
      const int16_t *stored = reinterpret_cast<const int16_t *>(volume.data());
      if (values.empty()) values.reserve(length / 2 * names.size());
      for (size_t i = 0; i < length / 2; i++) values.push_back(image.GetSlope() * stored[i] + image.GetIntercept());
    } else {
      if (volume.empty()) volume.resize(length * names.size());
      if (filled + length > volume.size() || !image.GetBuffer(volume.data() + filled)) return 65;
    }
    filled += length;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"seconds\": %.3f, \"cpu\": %.3f, \"memory\": %.1f, \"bytes\": %zu}\n", seconds.count(), processor_time() - cpu, usage.ru_maxrss / 1024.0, filled);
  return 0;
}
