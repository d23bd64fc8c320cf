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
      let uptake = try await Programs.run(
        "worker", ["extract", image, mask, "--segment", "4", "--setting", "suv:true"])
      #expect(
        uptake.status == 65 && uptake.errors.contains("SUV was asked for, but the modality is \"CT\", not PT")
      )
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

  @Test func `are found by scan, and a series that no mask names is known by its UID`() async throws {
    try await OperatedStudy.with(
      yaml: Self.study,
      damage: { study in
        do {
          let patient = 1
          let folder = study.cohort.appendingPathComponent("Ward/P\(patient)")
          var own = Self.sample(patient)
          own.frameOfReferenceUID = "1.2.826.0.4.\(patient)"
          try own.write(to: folder.appendingPathComponent("scans"))
          // By its frame of reference alone: scan finds the series, and a worker could not.
          try Data(own.structureSet(namesSeries: false)).write(
            to: folder.appendingPathComponent("RS.dcm"))
          var other = Self.sample(patient + 15)
          other.frameOfReferenceUID = "1.2.826.0.2.8"
          try other.write(to: folder.appendingPathComponent("scans"))
        }
      }
    ) { study in
      let cohort = study.study.cohort
      let found = try await Programs.run(
        "coordinator",
        [
          "scan", cohort.appendingPathComponent("Ward").path, "-o", study.study.manifest.path, "--segment",
          "GTV 1",
        ])
      let manifest = try String(contentsOf: study.study.manifest, encoding: .utf8)
      #expect(
        manifest.hasPrefix("ID,Site,Image,Mask,Outcome,Segment,Series\n"), Comment(rawValue: found.errors))
      #expect(manifest.contains(",GTV 1,1.2.826.0.1.1\n"))
      try await study.run("coordinator", ["submit", study.study.file.path], as: .coordinator)
      let worker = try await study.run("worker", study.workerArguments(), as: .everywhereWorker)
      #expect(
        try await study.psql(
          "SELECT state, count(*), min(i.choice) FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id) WHERE job_id = 2 GROUP BY 1",
          as: nil) == "done|1|series=1.2.826.0.1.1")
      #expect(!(worker.output + worker.errors).contains("1.2.826"))
      // The other series of the same folder is another case, of the same mask.
      let row = "P1,Ward,Ward/P1/scans,Ward/P1/RS.dcm,,GTV 1"
      let place = "\(cohort.path)/Ward/P1"
      let refused = try await Programs.run(
        "worker", ["extract", place + "/scans", place + "/RS.dcm", "--segment", "GTV 1"])
      #expect(refused.status == 65 && refused.errors.contains("2 series are here"))
      let batch = cohort.appendingPathComponent("batch.csv")
      try Data(
        ("ID,Site,Image,Mask,Outcome,Segment,Series\n" + row + ",1.2.826.0.1.1\n" + row + ",not a UID\n").utf8
      ).write(to: batch)
      let wrong = try await Programs.run("worker", ["extract", batch.path])
      #expect(wrong.status == 65 && wrong.errors.contains("line 3: Series is no UID of a series"))
    }
  }

  @Test func `with segmentations go from submission to the report, with the features of the same contours`()
    async throws
  {
    try await OperatedStudy.with(
      yaml: Self.study,
      damage: { study in
        for patient in 1...4 {
          try Self.write(patient, to: study.cohort)
          try Data(Self.sample(patient).segmentation()).write(
            to: study.cohort.appendingPathComponent("P\(patient)/SEG.dcm"))
        }
        let rows = (1...4).map { "P\($0),North,P\($0)/ct series,P\($0)/SEG.dcm,Rim\n" }.joined()
        try Data(("ID,Site,Image,Mask,Segment\n" + rows).utf8).write(to: study.manifest)
      }
    ) { study in
      try await study.work()
      #expect(
        try await study.psql(
          "SELECT state, count(*), count(i.mask_sha256) FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id) GROUP BY 1",
          as: nil) == "done|4|4")
      let folder = study.study.cohort.appendingPathComponent("report")
      try await study.run("coordinator", ["report", "1", "-o", folder.path], as: .coordinator)
      let report = try String(contentsOf: folder.appendingPathComponent("report.json"), encoding: .utf8)
      #expect(report.contains("\"exclusions\"") && !report.contains("SECRET"))
      let table = folder.appendingPathComponent("features.csv")
      try await study.run("coordinator", ["export", "features", "1", "-o", table.path], as: .coordinator)
      let exported = try String(contentsOf: table, encoding: .utf8)
      func mean(_ mask: String) async throws -> String {
        let place = study.study.cohort.path + "/P2/"
        let found = try await Programs.run(
          "worker",
          ["extract", place + "ct series", place + mask, "--segment", "Rim", "--setting", "binWidth:25"])
        let line = try #require(found.output.split(separator: "\n").first { $0.contains("firstorder_Mean:") })
        return String(line.drop { $0 != ":" }.dropFirst(2))
      }
      let drawn = try await mean("RS.dcm")
      #expect(try await mean("SEG.dcm") == drawn)
      #expect(exported.contains(drawn))
    }
  }
}
