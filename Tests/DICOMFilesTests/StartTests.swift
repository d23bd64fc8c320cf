import DICOMFiles
import Foundation
import Testing

@Suite struct `A program that is linked with GDCM` {
  #if os(Linux)
    @Test func `is asked first where GDCM's libraries would fill their dictionaries, and puts it off`() throws
    {
      // GDCM's own is called once a file's elements need it: tests of implicit value representations read with it.
      let constructor = "_ZN4gdcm6GlobalC1Ev"
      let asked = unsafe dlsym(nil, constructor)
      let own = unsafe dlsym(UnsafeMutableRawPointer(bitPattern: -1), constructor)
      #expect(unsafe asked != nil && own != nil && asked != own)
    }
  #endif
}
