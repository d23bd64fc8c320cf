/// How long each row was observed, and whether its event ended that: right-censored survival data.
///
/// Two times are the same where their doubles are; R's `survfit` and `coxph` also take times for the same that differ by
/// rounding only.
public struct SurvivalTimes: Equatable, Sendable {
  /// From the start to the event or to the end of observation, in one unit for all rows; finite, 0 or more.
  public let times: [Double]
  /// `true` where the row had its event, `false` where observation ended before.
  public let events: [Bool]

  /// Number of rows.
  public var count: Int { times.count }
  /// Number of events.
  public var eventCount: Int { events.count { $0 } }

  /// Times and events of the same rows.
  /// - Throws: `invalidTable` where there are not as many of the ones as of the others; `invalidArgument` for a time
  ///   that is negative or not finite.
  public init(times: [Double], events: [Bool]) throws(StatisticsError) {
    guard times.count == events.count else {
      throw StatisticsError(
        .invalidTable,
        "survival times: \(times.count) times and \(events.count) events; expected one each a row")
    }
    for (row, time) in times.enumerated() where !(time >= 0 && time.isFinite) {
      throw StatisticsError(
        .invalidArgument,
        "survival times: row \(row + 1) has the time \(time); expected a number of 0 or more")
    }
    self.init(checked: times, events: events)
  }

  /// Ends of observation in the place of events, as the reversed Kaplan-Meier curve takes them.
  public var reversed: SurvivalTimes { SurvivalTimes(checked: times, events: events.map { !$0 }) }

  private init(checked times: [Double], events: [Bool]) {
    (self.times, self.events) = (times, events)
  }

  /// Some rows, a row named twice twice.
  public func selecting(_ rows: [Int]) -> SurvivalTimes {
    SurvivalTimes(checked: rows.map { times[$0] }, events: rows.map { events[$0] })
  }
}

/// Rows in the order of their times, those of equal time together.
struct TimeGroups {
  /// Rows of one time.
  struct Group {
    let time: Double
    /// Rows with the event, ascending.
    let events: [Int]
    /// Rows whose observation ended, ascending.
    let censored: [Int]
  }

  /// By ascending time.
  let groups: [Group]

  init(_ survival: SurvivalTimes, rows: [Int]? = nil) {
    let order = (rows ?? Array(survival.times.indices)).sorted {
      survival.times[$0] != survival.times[$1] ? survival.times[$0] < survival.times[$1] : $0 < $1
    }
    var groups: [Group] = []
    var start = 0
    while start < order.count {
      let time = survival.times[order[start]]
      var end = start + 1
      while end < order.count, survival.times[order[end]] == time { end += 1 }
      let rows = order[start..<end]
      groups.append(
        Group(
          time: time, events: rows.filter { survival.events[$0] },
          censored: rows.filter { !survival.events[$0] }))
      start = end
    }
    self.groups = groups
  }
}

extension [Double] {
  /// Of an ascending array: how many elements are not above `value`.
  func countNotAbove(_ value: Double) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Of an ascending array: how many elements are below `value`.
  func countBelow(_ value: Double) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
