import Digests
import Foundation
import StudyPlan
import Testing

/// Stored rows are found again by these bytes: the texts were written by the first release's code.
@Suite struct `Canonical parameters` {
  private func canonical(_ file: String?) throws -> String {
    FeatureRecipe(try ExtractionParameters(parameterFile: file)).parameters
  }

  @Test func `of an empty file are the defaults of every setting there was at first`() throws {
    #expect(
      try canonical(nil) == #"""
        {"classes":[{"featureClass":"shape"},{"featureClass":"firstorder"},{"featureClass":"glcm"},\#
        {"featureClass":"gldm"},{"featureClass":"glrlm"},{"featureClass":"glszm"},\#
        {"featureClass":"ngtdm"}],"features":{"binWidth":25,"distances":[1],"force2D":false,\#
        "force2Ddimension":0,"gldm_a":0,"minimumROIDimensions":2,"symmetricalGLCM":true,\#
        "voxelArrayShift":0},"ibsi":false,"images":[{"features":{"binWidth":25,"distances":[1],\#
        "force2D":false,"force2Ddimension":0,"gldm_a":0,"minimumROIDimensions":2,"symmetricalGLCM":true,\#
        "voxelArrayShift":0},"filters":{"force2D":false,"force2Ddimension":0,"gradientUseSpacing":true,\#
        "lbp2DMethod":"uniform","lbp2DRadius":1,"lbp2DSamples":8,"lbp3DIcosphereRadius":1,\#
        "lbp3DIcosphereSubdivision":1,"lbp3DLevels":2,"level":1,"sigma":[],"start_level":0,\#
        "wavelet":"coif1"},"type":"Original"}],"label":1,"labelChannel":0,\#
        "preprocessing":{"correctMask":false,"interpolator":"sitkBSpline","normalize":false,\#
        "normalizeScale":1,"padDistance":5,"preCrop":false,"resegmentMode":"absolute",\#
        "resegmentShape":false}}
        """#)
  }

  @Test func `of a file that sets everything are the same bytes as ever`() throws {
    let text = try canonical(
      """
      setting: {binWidth: 20, binCount: 12, distances: [1, 2], symmetricalGLCM: false, weightingNorm: infinity, gldm_a: 1, voxelArrayShift: 100, minimumROISize: 3, normalize: true}
      imageType:
        Original: {gldm_a: 2}
        Wavelet: {wavelet: db2, level: 2, start_level: 1}
        LoG: {sigma: [2.0, 3]}
        Gradient: {gradientUseSpacing: false}
        LBP2D: {lbp2DMethod: ror, lbp2DRadius: 2.5, lbp2DSamples: 6}
        LBP3D: {lbp3DLevels: 3, lbp3DIcosphereRadius: 1.5, lbp3DIcosphereSubdivision: 0}
      featureClass:
        glcm: [Contrast, Id]
        firstorder:
      """)
    #expect(text.utf8.count == 3561)
    #expect(
      sha256(of: text.utf8).hexadecimal
        == "1d29b5dcd949e4bd4317c20657a7d8671c1c0fb4fef0cfab53431b9526bb4a62")
  }

  @Test(arguments: ["sigma: 2.0", "distances: 3", "resegmentRange: 5"])
  func `have a list where a file gives one value for it`(setting: String) throws {
    let (key, value) = (setting.split(separator: ":")[0], setting.split(separator: " ")[1])
    #expect(
      try canonical("setting: {\(setting)}") == canonical("setting: {\(key): [\(value)]}"))
  }
}
