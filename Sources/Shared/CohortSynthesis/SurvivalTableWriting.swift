import ElementaryFunctions
import Foundation
import LinearAlgebra

/// Writes `survival.csv`, a table of made-up features with times to an event: columns `ID,Site,DEAD,MONTHS`, then 40 features.
///
/// The hazard is `0.03 exp(0.8 f01 - 0.6 f02 + 0.5 f03)` a month; `f04` is nearly `f01`, all others say nothing, and sites differ in
/// the level of every fourth feature. Observation ends at random between 6 and 60 months. Equal options give equal bytes on every
/// machine.
/// - Throws: `SynthesisError`.
package func synthesizeSurvivalTable(into folder: URL, options: SynthesisOptions = SynthesisOptions())
  throws(SynthesisError)
{
  let options = try options.checked()
  let features = 40
  let names = (1...features).map { $0 < 10 ? "f0\($0)" : "f\($0)" }
  var rows = ["ID,Site,DEAD,MONTHS," + names.joined(separator: ",")]
  for subject in 0..<options.subjects {
    var stream = RandomTopic.survival.stream(options.seed, subject)
    let site = stream.index(below: options.sites)
    var values = (0..<features).map { _ in stream.normal() }
    values[3] = 0.95 * values[0] + 0.3 * values[3]
    let hazard = 0.03 * Elementary.exp(0.8 * values[0] - 0.6 * values[1] + 0.5 * values[2])
    let event = -Elementary.log(1 - stream.uniform()) / hazard
    let end = stream.uniform(in: 6...60)
    for place in stride(from: 7, to: features, by: 4) { values[place] += 0.5 * Double(site) }
    let isEvent = event <= end
    // Nobody has a time of 0.
    let months = max(0.1, (min(event, end) * 10).rounded() / 10)
    let texts = values.map { "\(($0 * 10_000).rounded() / 10_000)" }
    rows.append(
      "\(identifier(ofSubject: subject, among: options.subjects)),\(siteName(site)),\(isEvent ? 1 : 0),\(months),"
        + texts.joined(separator: ","))
  }
  try makeFolder(folder)
  try write(rows.joined(separator: "\n") + "\n", to: folder.appendingPathComponent("survival.csv"))
}
