#include "cgdcm.h"

#include <gdcm-3.0/gdcmDict.h>
#include <gdcm-3.0/gdcmDicts.h>
#include <gdcm-3.0/gdcmGlobal.h>
#include <gdcm-3.0/gdcmJPEG2000Codec.h>
#include <gdcm-3.0/gdcmJPEGCodec.h>
#include <gdcm-3.0/gdcmJPEGLSCodec.h>
#include <gdcm-3.0/gdcmSequenceOfFragments.h>
#include <gdcm-3.0/gdcmTrace.h>
#include <gdcm-3.0/gdcmVersion.h>

#include <cstring>

namespace {

// GDCM says what it thinks of a file on the standard streams; here the caller speaks.
struct Silence {
  Silence() {
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
  }
};

void silence() {
  static const Silence once;
  (void)once;
}

void prepare(gdcm::ImageCodec &codec, const cgdcm_frame &frame) {
  const unsigned int dimensions[3] = {frame.columns, frame.rows, 1};
  const uint16_t allocated = frame.bits <= 8 ? 8 : 16;
  codec.SetNumberOfDimensions(2);
  codec.SetDimensions(dimensions);
  codec.SetPlanarConfiguration(0);
  codec.SetPhotometricInterpretation(frame.samples_per_pixel == 1 ? gdcm::PhotometricInterpretation::MONOCHROME2
                                                                  : gdcm::PhotometricInterpretation::RGB);
  codec.SetPixelFormat(gdcm::PixelFormat(frame.samples_per_pixel, allocated, frame.bits, frame.bits - 1, 0));
}

bool decode(gdcm::ImageCodec &codec, const cgdcm_frame &frame, const uint8_t *bytes, size_t length, uint8_t *pixels,
            size_t capacity) {
  gdcm::Fragment fragment;
  fragment.SetByteValue(reinterpret_cast<const char *>(bytes), static_cast<uint32_t>(length));
  gdcm::SmartPointer<gdcm::SequenceOfFragments> fragments = new gdcm::SequenceOfFragments;
  fragments->AddFragment(fragment);
  gdcm::DataElement in(gdcm::Tag(0x7fe0, 0x0010), 0, gdcm::VR::OB);
  in.SetValue(*fragments);

  gdcm::DataElement out;
  prepare(codec, frame);
  if (!codec.Decode(in, out)) return false;
  const gdcm::ByteValue *decoded = out.GetByteValue();
  if (decoded == nullptr || decoded->GetLength() < capacity || decoded->GetLength() - capacity > 1) return false;
  std::memcpy(pixels, decoded->GetPointer(), capacity);
  return true;
}

}  // namespace

extern "C" uint16_t cgdcm_value_representation(uint16_t group, uint16_t element) {
  try {
    const gdcm::DictEntry &entry =
        gdcm::Global::GetInstance().GetDicts().GetDictEntry(gdcm::Tag(group, element));
    const char *letters = gdcm::VR::GetVRString(entry.GetVR());
    if (letters == nullptr || std::strlen(letters) != 2 || letters[0] == '?') return 0;
    return static_cast<uint16_t>(static_cast<uint16_t>(letters[0]) << 8 | static_cast<uint8_t>(letters[1]));
  } catch (...) {
    return 0;
  }
}

extern "C" int cgdcm_decode(const cgdcm_frame *frame, const uint8_t *bytes, size_t length, uint8_t *pixels,
                            size_t capacity) {
  silence();
  if (length == 0 || length > 0x7fffffff || capacity > 0x7fffffff) return 0;
  try {
    switch (frame->codec) {
      case CGDCM_JPEG: {
        gdcm::JPEGCodec codec;
        return decode(codec, *frame, bytes, length, pixels, capacity);
      }
      case CGDCM_JPEG_LS: {
        gdcm::JPEGLSCodec codec;
        return decode(codec, *frame, bytes, length, pixels, capacity);
      }
      case CGDCM_JPEG_2000: {
        gdcm::JPEG2000Codec codec;
        return decode(codec, *frame, bytes, length, pixels, capacity);
      }
    }
  } catch (...) {
  }
  return 0;
}

extern "C" const char *cgdcm_version(void) { return gdcm::Version::GetVersion(); }
