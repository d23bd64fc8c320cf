import DelimitedText
import Foundation
import ImageFilters
import StudyPlan

extension ExtractionBatch {
  /// Reads the cases of a batch one by one.
  package struct Rows: Sendable {
    let columns: [String]
    private var single: Row?
    private var table: TableReader?
    private var places = Places()
    private var folder = URL(fileURLWithPath: "/")
    private var read = 0

    /// Where the columns with a meaning stand.
    private struct Places {
      var image = 0
      var mask = 0
      var label: Int?
      var segment: Int?
      var series: Int?
      var echo: Int?
      var timePoint: Int?
      var ring: Int?
      var labelChannel: Int?
    }

    init(single row: Row) {
      columns = []
      single = row
    }

    package init(csv bytes: [UInt8], of url: URL) throws(StudyError) {
      do throws(DelimitedTextError) {
        let table = try TableReader(bytes, label: url.lastPathComponent)
        self.table = table
        columns = table.header
      } catch {
        throw StudyError(.badManifest, error.description)
      }
      let names = columns
      func place(_ name: String) -> Int? { names.firstIndex { $0.lowercased() == name } }
      guard let image = place("image"), let mask = place("mask") else {
        throw StudyError(
          .badManifest,
          "\(url.lastPathComponent) needs columns Image and Mask; found: \(columns.joined(separator: ", ")).")
      }
      places = Places(
        image: image, mask: mask, label: place("label"), segment: place("segment"), series: place("series"),
        echo: place("echo"), timePoint: place("timepoint"), ring: place("ring"),
        labelChannel: place("label_channel"))
      folder = url
    }

    /// The next case; `nil` at the end.
    /// - Throws: never after `ExtractionBatch.init` has read the same rows.
    package mutating func next() throws(StudyError) -> Row? {
      if let row = single {
        single = nil
        return row
      }
      guard let record = try nextRecord() else { return nil }
      read += 1
      for (index, name) in [(places.image, "Image"), (places.mask, "Mask")]
      where record.fields[index].isEmpty {
        throw bad(record, "\(name) is empty; give the path of a file")
      }
      var row = Row(
        number: read, name: "line \(record.line)",
        image: URL(fileURLWithPath: record.fields[places.image], relativeTo: folder),
        mask: URL(fileURLWithPath: record.fields[places.mask], relativeTo: folder),
        label: try wholeNumber(places.label, in: record, range: 1...Int(UInt32.max)).map { UInt32($0) },
        segment: try segment(in: record), choice: try choice(in: record), ring: try ring(in: record),
        labelChannel: try wholeNumber(places.labelChannel, in: record, range: 0...3), fields: record.fields)
      row.paths = [record.fields[places.image], record.fields[places.mask]]
      return row
    }

    private mutating func nextRecord() throws(StudyError) -> DelimitedRecord? {
      do throws(DelimitedTextError) {
        return try table?.next()
      } catch {
        throw StudyError(.badManifest, error.description)
      }
    }

    /// An optional number; spreadsheets with gaps write 2 as `2.0`.
    private func wholeNumber(
      _ column: Int?, in record: DelimitedRecord, range: ClosedRange<Int>
    ) throws(StudyError) -> Int? {
      guard let column, !record.fields[column].isEmpty else { return nil }
      let text = record.fields[column]
      guard let value = Double(text), let number = Int(exactly: value), range.contains(number) else {
        throw bad(
          record,
          "\(columns[column]) '\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
        )
      }
      return number
    }

    private func ring(in record: DelimitedRecord) throws(StudyError) -> RegionRing? {
      guard let column = places.ring, !record.fields[column].isEmpty else { return nil }
      guard let ring = RegionRing(record.fields[column]) else {
        throw bad(record, "\(columns[column]) \(RegionRing.expectation)")
      }
      return ring
    }

    private func segment(in record: DelimitedRecord) throws(StudyError) -> String? {
      guard let column = places.segment else { return nil }
      do throws(StudyError) {
        return try SegmentName.read(record.fields[column])
      } catch {
        throw bad(record, "\(columns[column]) \(error.message)")
      }
    }

    private func choice(in record: DelimitedRecord) throws(StudyError) -> ImageChoice? {
      var series: String?
      if let column = places.series {
        do throws(StudyError) {
          series = try ImageChoice.series(record.fields[column])
        } catch {
          throw bad(record, "\(columns[column]) \(error.message)")
        }
      }
      return ImageChoice(
        series: series, echo: try wholeNumber(places.echo, in: record, range: ImageChoice.numbers),
        timePoint: try wholeNumber(places.timePoint, in: record, range: ImageChoice.numbers))
    }

    private func bad(_ record: DelimitedRecord, _ reason: String) -> StudyError {
      StudyError(.badManifest, "\(folder.lastPathComponent), line \(record.line): \(reason).")
    }
  }
}
