/// Something that a scan has to tell: what it left out and why, or what it did that a reader should know.
package struct ScanFinding: Equatable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// A folder or file that the system does not hand out.
    case unreadable
    /// A file that begins as an image does, and whose header makes no sense.
    case badHeader = "bad-header"
    /// A symbolic link that leads out of the folder, or to a folder.
    case link
    /// A folder below more folders than are walked.
    case tooDeep = "too-deep"
    /// The index of a medium.
    case directory = "dicomdir"
    /// The same series or mask again, in another place.
    case copy
    case imageWithoutMask = "image-without-mask"
    /// A picture that only shows where other images lie.
    case localizer
    case maskWithoutImage = "mask-without-image"
    case ambiguous
    /// A mask whose image has another number of voxels.
    case otherGrid = "other-grid"
    /// A mask in another frame of reference than the image that it names.
    case otherFrame = "other-frame"
    /// A mask without regions, or a region without voxels.
    case emptyRegion = "empty-region"
    /// A mask that lacks the segment that was asked for.
    case segmentAbsent = "segment-absent"
    /// A file that lies outside the folder that paths are relative to.
    case outsideRoot = "outside-root"
    /// A pair of which neither header nor names tell the patient.
    case noSubject = "no-subject"
    /// Pairs in a folder that was taken for one patient's, whose names may be those of several.
    case onePatient = "one-patient"
    /// Image and mask that name two patients.
    case otherPatient = "other-patient"
    case rowWithoutImage = "row-without-image"
    case subjectWithoutRow = "subject-without-row"
    case ambiguousRow = "ambiguous-row"
  }

  package let kind: Kind
  package let site: String
  /// Path relative to the scanned folder, or line of a table.
  package let place: String
  /// What was found, and what to do; names no patient.
  package let reason: String

  /// What a finding means for the manifest.
  package enum Effect: Sendable {
    /// Something is missing from it.
    case leftOut
    /// A patient stands in it without the values of the clinical table.
    case withoutValues
    case none
  }

  package var effect: Effect {
    switch kind {
    case .directory, .copy, .link, .localizer, .onePatient, .otherPatient: .none
    case .subjectWithoutRow, .ambiguousRow: .withoutValues
    default: .leftOut
    }
  }

  package init(_ kind: Kind, site: String, place: String, _ reason: String) {
    self.kind = kind
    self.site = site
    self.place = place
    self.reason = reason
  }
}
