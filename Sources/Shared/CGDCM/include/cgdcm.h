#ifndef TRABECULA_CGDCM_H
#define TRABECULA_CGDCM_H

#include <stddef.h>
#include <stdint.h>

// What is used of GDCM: its dictionary, and its decoders of compressed pixels. No C++ exception leaves these
// functions, and no memory of GDCM's: what is decoded is copied to memory of the caller.

#ifdef __cplusplus
extern "C" {
#endif

/// The value representation that the standard gives to a tag, as its two letters; 0 where it has none or several.
uint16_t cgdcm_value_representation(uint16_t group, uint16_t element);

/// What a compressed frame is decoded by.
typedef enum { CGDCM_JPEG, CGDCM_JPEG_LS, CGDCM_JPEG_2000 } cgdcm_codec;

/// One frame; the numbers are those of the compressed data, not of the DICOM header.
typedef struct {
  cgdcm_codec codec;
  uint32_t columns;
  uint32_t rows;
  /// 1 or 3.
  uint16_t samples_per_pixel;
  /// Of one sample: 1 to 16.
  uint16_t bits;
} cgdcm_frame;

/// Decodes one frame of `length` bytes to exactly `capacity` bytes: samples of one byte where `bits` is at most 8, else of
/// two, little-endian, the samples of a pixel beside each other. Returns 1, or 0 where GDCM does not decode it to
/// this size.
int cgdcm_decode(const cgdcm_frame *frame, const uint8_t *bytes, size_t length, uint8_t *pixels, size_t capacity);

/// GDCM's version, as "3.0.21".
const char *cgdcm_version(void);

#ifdef __cplusplus
}
#endif

#endif
