import ElementaryFunctions
import Foundation
import LinearAlgebra

/// Writes `survival.csv`, a table of made-up features with times to an event: columns `ID,Site,DEAD,MONTHS`, then 40 features; and
/// `clinic.csv` with `ID,Site,Age,Sex,Stage`.
///
/// The hazard is `0.03 exp(0.8 f01 - 0.6 f02 + 0.5 f03)` a month; `f04` is nearly `f01`, all others say nothing, and sites differ in
/// the level of every fourth feature. Observation ends at random between 6 and 60 months. Stage (I, II, III) is made of `f02` with noise,
/// and so goes with the hazard; Age and Sex say nothing, and one Age in twenty is missing. Equal options give equal bytes on every
/// machine.
/// - Throws: `SynthesisError`.
package func synthesizeSurvivalTable(into folder: URL, options: SynthesisOptions = SynthesisOptions())
  throws(SynthesisError)
{
  let options = try options.checked()
  let features = 40
  let names = (1...features).map { $0 < 10 ? "f0\($0)" : "f\($0)" }
  var rows = ["ID,Site,DEAD,MONTHS," + names.joined(separator: ",")]
  var clinic = ["ID,Site,Age,Sex,Stage"]
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
    clinic.append(
      "\(identifier(ofSubject: subject, among: options.subjects)),\(siteName(site)),"
        + clinical(values[1], options, subject))
  }
  try makeFolder(folder)
  try write(rows.joined(separator: "\n") + "\n", to: folder.appendingPathComponent("survival.csv"))
  try write(clinic.joined(separator: "\n") + "\n", to: folder.appendingPathComponent("clinic.csv"))
}

/// Age, sex and stage of a subject.
/// - Parameter protection: what lowers the hazard; the stage is higher without it.
private func clinical(_ protection: Double, _ options: SynthesisOptions, _ subject: Int) -> String {
  var stream = RandomTopic.survivalClinic.stream(options.seed, subject)
  let age = (stream.uniform(in: 40...80) * 10).rounded() / 10
  let isMissing = stream.uniform() < 0.05
  let sex = stream.uniform() < 0.5 ? "female" : "male"
  let grade = -protection + 0.5 * stream.normal()
  let stage = grade < -0.4 ? "I" : grade < 0.5 ? "II" : "III"
  return "\(isMissing ? "" : "\(age)"),\(sex),\(stage)"
}
