import DICOMFiles
import ImageFiles
import TestSupport
import Testing
import Volumes

@Suite(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
struct `The IBSI phantom` {
  @Test func `is the same from its series as from NIfTI`() throws {
    let image = try DICOMSeries(at: ReferenceData.file("ibsi_ct/dicom/image")).image()
    let reference = try readVolume(at: ReferenceData.file("ibsi_ct/nifti/image/phantom.nii.gz"))
    #expect(image.volume.voxels == reference.voxels)
    #expect(image.volume.sampleType == .int16)
    #expect(image.volume.geometry.size == reference.geometry.size)
    let offset = image.volume.geometry.originInMillimetres - reference.geometry.originInMillimetres
    // NIfTI keeps single precision.
    #expect(offset.max() < 1e-4 && offset.min() > -1e-4)
    #expect(image.facts.slices.count == image.volume.geometry.size.z)
  }
}
