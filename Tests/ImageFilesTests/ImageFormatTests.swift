import Foundation
import ImageFiles
import Testing

@Suite struct `A file that is no image` {
  @Test(arguments: [
    ("", ImageFileError.Code.truncated, "empty"),
    ("version https://git-lfs.github.com/spec/v1\n", .notAnImage, "git lfs pull"),
    (String(repeating: "\0", count: 128) + "DICM", .unsupported, "dcm2niix"),
    ("ObjectType = Image\nNDims = 3\n", .badHeader, "MetaImage"),
    ("II*\0", .unsupported, "TIFF"), ("?PNG\n", .corrupt, "signature"),
    ("<!DOCTYPE html>", .notAnImage, "check that it is the image"),
  ]) func `is told by its content`(content: String, expected: ImageFileError.Code, advice: String) {
    do throws(ImageFileError) {
      _ = try readVolume(bytes: Array(content.utf8), name: "test")
      Issue.record("\(advice): it was read")
    } catch {
      #expect(error.code == expected)
      #expect(error.message.contains(advice))
    }
  }

  @Test func `or no file at all says so`() throws {
    let folder = try TestImages.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func failure(_ url: URL, limits: ImageReadLimits = ImageReadLimits()) -> ImageFileError.Code? {
      do throws(ImageFileError) {
        _ = try readVolume(at: url, limits: limits)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(failure(folder.appendingPathComponent("absent.nii")) == .notFound)
    #expect(failure(folder) == .notAnImage)
    #expect(failure(URL(fileURLWithPath: "/dev/zero")) == .notAnImage)
    let large = folder.appendingPathComponent("large.nii")
    try Data(count: 100).write(to: large)
    #expect(failure(large, limits: ImageReadLimits(fileBytes: 99)) == .tooLarge)
  }
}
