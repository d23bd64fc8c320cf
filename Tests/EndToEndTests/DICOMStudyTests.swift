import Foundation
import TestSupport
import Testing

/// Series, structure sets and label maps as a hospital has them.
@Suite(.timeLimit(.minutes(15))) struct `Files of DICOM` {
  /// A series of a patient; no two are alike.
  private static func sample(_ patient: Int) -> DICOMSample {
    var sample = DICOMSample()
    sample.seriesUID = "1.2.826.0.1.\(patient)"
    sample.intensity = { ($0 + 31 * patient) * 7919 % (400 + patient) + 1000 }
    return sample
  }

  private static func write(_ patient: Int, to cohort: URL) throws {
    let folder = cohort.appendingPathComponent("P\(patient)")
    try sample(patient).write(to: folder.appendingPathComponent("ct series"))
    try Data(sample(patient).structureSet()).write(to: folder.appendingPathComponent("RS.dcm"))
  }

  @Test func `are extracted, and told of, without a word of the patient`() async throws {
    try await withTemporaryFolder { folder in
      try Self.write(1, to: folder)
      let (image, mask) = (folder.path + "/P1/ct series", folder.path + "/P1/RS.dcm")
      let found = try await Programs.run("worker", ["extract", image, mask, "--segment", "GTV 1"])
      #expect(found.status == 0 && found.output.contains("Case-1_diagnostics_Image-original_Modality: CT\n"))
      let told = try await Programs.run(
        "worker", ["extract", image + "/", mask, "--segment", "4", "--validate"])
      #expect(told.status == 0 && told.output.contains("12 x 11 x 8 voxels, spacing (1.0, 1.0, 2.0) mm"))
      #expect(told.output.contains("axes LPS") && told.output.contains("slice thickness 1.5 mm"))
      #expect(told.output.contains("120 voxels of the region (240.0 mm3)"))
      let unnamed = try await Programs.run("worker", ["extract", image, mask])
      #expect(unnamed.status == 65 && unnamed.errors.contains("GTV 1") && unnamed.errors.contains("Rim"))
      for result in [found, told, unnamed] {
        #expect(!(result.output + result.errors).contains("SECRET"))
      }
      try Data("Image,Mask,Segment\nP1/ct series,P1/RS.dcm,Rim\nP1/none,P1/RS.dcm,Rim\n".utf8).write(
        to: folder.appendingPathComponent("batch.csv"))
      let batch = try await Programs.run(
        "worker", ["extract", folder.path + "/batch.csv", "-f", "csv", "-o", folder.path + "/out.csv"])
      #expect(batch.status == 1 && batch.errors.contains("not-found"))
    }
  }

  private static let study = """
    study: ct
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: }
    models: []
    """

  @Test func `are cases of a study, and one slice that changes is one case that is extracted anew`()
    async throws
  {
    try await OperatedStudy.with(
      yaml: Self.study,
      damage: { study in
        for patient in 1...4 { try Self.write(patient, to: study.cohort) }
        // The folder of the last one has another series too, and its structure set says which is meant.
        var other = DICOMSample()
        (other.seriesUID, other.frameOfReferenceUID) = ("1.2.826.0.2.9", "1.2.826.0.2.8")
        try other.write(to: study.cohort.appendingPathComponent("P4/ct series"))
        let rows = (1...4).map { "P\($0),North,P\($0)/ct series/,P\($0)/RS.dcm,GTV 1\n" }.joined()
        try Data(("ID,Site,Image,Mask,Segment\n" + rows).utf8).write(to: study.manifest)
      }
    ) { study in
      try await study.work()
      #expect(
        try await study.psql(
          "SELECT state, count(*), count(i.image_sha256) FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id) GROUP BY 1",
          as: nil) == "done|4|4")
      let known = try await study.run(
        "coordinator", ["submit", study.study.file.path], as: .coordinator
      ).output
      #expect(known.contains("Job 1: this study was submitted before and has ended"))
      // A slice of the series that is meant, and one of a series that is not.
      let folder = study.study.cohort.appendingPathComponent("P2/ct series")
      var changed = Self.sample(2)
      changed.intensity = { $0 == 500 ? 1 : Self.sample(2).intensity($0) }
      try Data(changed.slice(3)).write(to: changed.file(3, in: folder))
      var other = DICOMSample()
      (other.seriesUID, other.frameOfReferenceUID) = ("1.2.826.0.2.9", "1.2.826.0.2.8")
      other.intensity = { _ in 3 }
      try Data(other.slice(3)).write(
        to: other.file(3, in: study.study.cohort.appendingPathComponent("P4/ct series")))
      try await study.run("coordinator", ["submit", study.study.file.path], as: .coordinator)
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.feature_row") == "5")
      #expect(
        try await study.psql(
          "SELECT subject FROM trabecula.case_overview JOIN trabecula.case_feature USING (job_id, case_id) WHERE job_id = 2 AND feature_key NOT IN (SELECT feature_key FROM trabecula.case_feature WHERE job_id = 1)",
          as: nil) == "P2")
      #expect(
        try await study.psql(
          "SELECT count(*) FROM trabecula.feature_row WHERE diagnostics::text ~ 'SECRET|1[.]2[.]826'")
          == "0")
    }
  }
}
