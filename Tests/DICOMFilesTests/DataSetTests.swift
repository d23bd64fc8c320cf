import DICOMFiles
import Testing

@Suite struct `A data element's tag` {
  @Test func `is written as the standard writes it`() {
    #expect(DICOMTag(0x0020, 0x000E).description == "(0020,000E)")
  }
}
