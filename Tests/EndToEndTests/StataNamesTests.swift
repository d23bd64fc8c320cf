import StudyExports
import Testing

@Suite struct `Names of columns for Stata` {
  @Test func `have at most 32 letters, and each is another`() {
    let features = ["glcm", "glrlm"].flatMap { family in
      ["LLH", "LLL"].flatMap { band in
        (0..<40).map { "wavelet-\(band)_\(family)_LowGrayLevelRunEmphasisNumber\($0)" }
      }
    }
    let columns =
      [
        "ID", "Site", "original_glcm_Contrast", "original-glcm-Contrast", "1st", "if", "str8", "strange", "",
        "Größe",
      ] + features
    let names = StataNames(columns).names
    #expect(Set(names).count == columns.count)
    #expect(names.allSatisfy { $0.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]{0,31}/#) != nil })
    #expect(names.prefix(2) == ["ID", "Site"] && names[4] == "_1st" && names[7] == "strange")
    // Two that would be one, and words of Stata's own.
    #expect(names[2] == "original_glcm_Contrast_3" && names[3] == "original_glcm_Contrast_4")
    #expect(names[5] == "if_6" && names[6] == "str8_7")
    #expect(names[10] == "wavelet_LLH_glcm_LowGrayLevel_11")
  }
}
