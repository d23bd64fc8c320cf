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

#include <dlfcn.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// Debian's GDCM is built with its assertions, and damaged pixels break some: the program would end. While a frame is decoded they
// lead back to cgdcm_decode instead, which loses the decoder's memory and nothing else. Anywhere else they do what they
// always do.
namespace {
thread_local std::jmp_buf *refuge = nullptr;
}

extern "C" __attribute__((noreturn, visibility("default"))) void __assert_fail(const char *assertion, const char *file,
                                                                               unsigned int line,
                                                                               const char *function) noexcept {
  if (refuge != nullptr) std::longjmp(*refuge, 1);
  std::fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function ? function : "?", assertion);
  std::abort();
}

// GDCM fills its dictionaries when a program starts that is linked with it, whether it meets DICOM or not: 12 of the 26 ms that
// `worker --version` took. A library's call goes to the program's own function of that name, if there is one (ELF, unless a
// distribution links with -Bsymbolic-functions). So these calls come here, and are counted. Once the dictionaries are needed,
// GDCM's own constructor is called as often, because it counts its calls. It may be called with any object: its class has no members.
namespace {
int calls_put_off = 0;
}

#if defined(__linux__)
extern "C" __attribute__((visibility("default"))) void cgdcm_put_off(void *) __asm__("_ZN4gdcm6GlobalC1Ev");
extern "C" __attribute__((visibility("default"))) void cgdcm_put_off(void *) { calls_put_off += 1; }
#endif

namespace {

bool make_up_for_calls() {
  using Constructor = void (*)(void *);
  const auto own = reinterpret_cast<Constructor>(dlsym(RTLD_NEXT, "_ZN4gdcm6GlobalC1Ev"));
  static char object;
  for (; own != nullptr && calls_put_off > 0; calls_put_off -= 1) own(&object);
  return calls_put_off == 0;
}

// Whether there are dictionaries. Not to be called where an assertion jumps: the lock of the variable would stay closed.
bool fill_dictionaries() {
  try {
    static const bool are_filled = make_up_for_calls();
    return are_filled;
  } catch (...) {
    return false;
  }
}

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
  if (!fill_dictionaries()) return 0;
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

// Holds everything that has a destructor, so that a jump out of it passes none in the caller.
static int decode(const cgdcm_frame &frame, const uint8_t *bytes, size_t length, uint8_t *pixels, size_t capacity) {
  try {
    switch (frame.codec) {
      case CGDCM_JPEG: {
        gdcm::JPEGCodec codec;
        return decode(codec, frame, bytes, length, pixels, capacity);
      }
      case CGDCM_JPEG_LS: {
        gdcm::JPEGLSCodec codec;
        return decode(codec, frame, bytes, length, pixels, capacity);
      }
      case CGDCM_JPEG_2000: {
        gdcm::JPEG2000Codec codec;
        return decode(codec, frame, bytes, length, pixels, capacity);
      }
    }
  } catch (...) {
  }
  return 0;
}

extern "C" int cgdcm_decode(const cgdcm_frame *frame, const uint8_t *bytes, size_t length, uint8_t *pixels,
                            size_t capacity) {
  silence();
  if (length == 0 || length > 0x7fffffff || capacity > 0x7fffffff) return 0;
  if (!fill_dictionaries()) return 0;
  std::jmp_buf here;
  refuge = &here;
  const int decoded = setjmp(here) == 0 ? decode(*frame, bytes, length, pixels, capacity) : 0;
  refuge = nullptr;
  return decoded;
}

extern "C" const char *cgdcm_version(void) { return gdcm::Version::GetVersion(); }
