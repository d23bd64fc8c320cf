/// What the page says of acts.
extension Act {
  /// On the link that leads to it.
  var label: String {
    switch name {
    case .retry: isFiltered ? "Retry these" : "Retry what failed"
    case .retryTask: "Retry"
    case .cancel: "Cancel"
    case .pause: "Pause"
    case .resume: "Resume"
    case .priority: "Priority"
    case .exclude: item == nil ? "Exclude these" : "Exclude"
    case .include: "Take in again"
    case .drain: "Drain"
    case .pauseSite: "Pause"
    case .resumeSite: "Resume"
    case .giveUp: "Give the site up"
    case .takeIn: "Take the site in again"
    }
  }

  /// What is asked before it is done.
  /// - Parameter count: cases that the filter finds.
  func question(_ count: Int64?) -> String {
    let study = job.map { "study \($0)" } ?? ""
    let cases = count.map { "\(Words.count($0, "failed case"))" } ?? ""
    let filter = [code.map { "cause \($0)" }, site.map { "site \($0)" }].compactMap(\.self).joined(
      separator: ", ")
    switch name {
    case .retry where isFiltered: return "Retry \(cases) of \(study) (\(filter))?"
    case .retry: return "Retry everything that failed in \(study)?"
    case .retryTask: return "Retry task \(task ?? 0)?"
    case .cancel: return "Cancel \(study)?"
    case .pause: return "Pause \(study)?"
    case .resume: return "Resume \(study)?"
    case .priority: return "Set the priority of \(study)?"
    case .exclude where item != nil: return "Exclude case \(item ?? 0) from \(study)?"
    case .exclude: return "Exclude \(cases) from \(study) (\(filter))?"
    case .include: return "Take case \(item ?? 0) into \(study) again?"
    case .drain: return "Drain worker \(worker ?? 0)?"
    case .pauseSite: return "Pause site \(site ?? "")?"
    case .resumeSite: return "Resume site \(site ?? "")?"
    case .giveUp: return "Give site \(site ?? "") up in \(study)?"
    case .takeIn: return "Take site \(site ?? "") into \(study) again?"
    }
  }

  var consequence: String {
    switch name {
    case .retry, .retryTask:
      "What failed is tried again. Models and report are then computed anew from all cases."
    case .cancel:
      "What runs of it stops with the next heartbeat of its worker. Features that were extracted stay; a retry takes the study "
        + "up where it was."
    case .pause: "What runs goes on to its end; what is ready is held until somebody resumes the study."
    case .resume:
      "What was held goes back to the queue. Where too much had failed, the count of failures begins anew."
    case .priority: "Tasks of studies with a higher number are claimed first. The default is 0."
    case .exclude:
      "Open tasks of it are cancelled, no retry brings it back, and the report counts it as excluded, with the reason."
        + (item == nil
          ? " Only cases that failed are excluded by a filter, the first \(Self.mostExcluded) of them: do it again for the rest."
          : "")
    case .include: "It counts again, and what it lacks is extracted."
    case .drain: "The worker ends what it runs, and exits."
    case .pauseSite: "Tasks of the site are held in all studies; what runs goes on to its end."
    case .resumeSite: "What was held goes back to the queue."
    case .giveUp: "Its cases without features are excluded, their tasks cancelled, and the study goes on."
    case .takeIn: "Its cases count again, and what they lack is extracted."
    }
  }

  var needsReason: Bool { name == .exclude }
  var needsPriority: Bool { name == .priority }
  /// Whether something is lost by it that takes computing to get back.
  var isGrave: Bool { [.cancel, .exclude, .giveUp].contains(name) }
}
