#include "app/trace_story.h"

#include <algorithm>

namespace chasqui {
namespace {

PartStory& part_of(DeliveryStory& story, const std::string& name) {
  for (auto& part : story.parts)
    if (part.part == name) return part;
  story.parts.push_back({name, "", "", 0, 0});
  return story.parts.back();
}

std::string failure_of(const ports::Failed& attempt) {
  if (attempt.status != 0) return "status " + std::to_string(attempt.status);
  return attempt.detail.empty() ? attempt.error : attempt.error + ": " + attempt.detail;
}

void take_attempts(DeliveryStory& story, const DeliveryEvidence& evidence) {
  for (const auto& row : evidence.attempts) {
    PartStory& part = part_of(story, row.attempt.part);
    part.attempts = std::max<int>(part.attempts, row.attempt.attempt);
    part.at_ms = row.attempt.started_at_ms + row.attempt.duration_us / 1000;
    part.state = row.delivered ? "delivered" : "failed";
    part.reason = row.delivered ? "" : failure_of(row.attempt);
  }
}

void take_ends(DeliveryStory& story, const DeliveryEvidence& evidence) {
  for (const auto& row : evidence.parked) {
    PartStory& part = part_of(story, row.part);
    part = {row.part, "parked", row.reason, row.attempts, row.parked_at_ms};
  }
  for (const auto& row : evidence.ended) {
    if (row.part.empty() || row.from != evidence.seq) continue;
    PartStory& part = part_of(story, row.part);
    if (part.state == "failed" || part.state.empty())
      part = {row.part, std::string(word(row.kind)), row.reason, part.attempts, row.at_ms};
  }
  for (const auto& next : evidence.look.tries) {
    PartStory& part = part_of(story, next.part);
    part.state = word(next.stage);
    part.attempts = std::max(part.attempts, next.attempts);
    part.at_ms = 0;
  }
}

const PartStory* first_in(const DeliveryStory& story, std::string_view state) {
  for (const auto& part : story.parts)
    if (part.state == state) return &part;
  return nullptr;
}

// The range that ended all that the endpoint had behind it, this event among it.
const ports::Ended* range_over(const DeliveryEvidence& evidence) {
  for (const auto& row : evidence.ended)
    if (row.part.empty() && row.from <= evidence.seq && evidence.seq < row.until) return &row;
  return nullptr;
}

bool has_missing_part(const DeliveryStory& story, const DeliveryEvidence& evidence) {
  return std::any_of(evidence.expected.begin(), evidence.expected.end(), [&](const auto& name) {
    return std::none_of(story.parts.begin(), story.parts.end(), [&](const auto& part) { return part.part == name; });
  });
}

bool all_delivered(const DeliveryStory& story) {
  return !story.parts.empty() &&
         std::all_of(story.parts.begin(), story.parts.end(), [](const auto& part) { return part.state == "delivered"; });
}

// It has not ended: what it waits for. What the whole endpoint waits for comes before what the event waits for.
void tell_waiting(DeliveryStory& story, const DeliveryEvidence& evidence, DeliveryStage stage, const NextTry* next,
                  std::int64_t now_ms) {
  story.behind = stage == DeliveryStage::behind ? evidence.look.behind : 0;
  if (next != nullptr && next->due_in && stage == DeliveryStage::retry) story.due_at_ms = now_ms + next->due_in->count();
  if (next != nullptr && next->resumed) story.reason = "resumed";
  const bool sending = evidence.look.endpoint_state == "sending";
  story.state = stage == DeliveryStage::in_flight || sending ? word(stage) : evidence.look.endpoint_state;
}

void tell_end(DeliveryStory& story, const DeliveryEvidence& evidence) {
  const auto take = [&](const PartStory& part) {
    story.state = part.state;
    story.reason = part.reason;
  };
  if (const auto* parked = first_in(story, "parked")) return take(*parked);
  for (const std::string_view ended : {"dropped", "skipped", "expired"})
    if (const auto* part = first_in(story, ended)) return take(*part);
  const bool whole = all_delivered(story) && !has_missing_part(story, evidence);
  if (const auto* range = whole ? nullptr : range_over(evidence)) {
    story.state = word(range->kind);
    story.reason = range->reason;
  } else {
    story.state = all_delivered(story) ? "delivered" : "unknown";
  }
}

std::string last_failure(const DeliveryStory& story) {
  for (const auto& part : story.parts)
    if (part.state != "delivered" && !part.reason.empty()) return " (last: " + part.reason + ")";
  return {};
}

std::string seconds(std::int64_t ms) { return std::to_string((ms + 999) / 1000) + " s"; }

std::string explain(const DeliveryStory& story, const DeliveryEvidence& evidence, std::int64_t now_ms) {
  const EndpointSettings& s = evidence.target->settings;
  const std::string& state = story.state;
  if (state == "delivered") return "the receiver took it";
  if (state == "parked") return "it waits for a person: " + story.reason + last_failure(story) + "; resume it or drop it";
  if (state == "in_flight") return "it was sent, and the receiver has not answered yet";
  if (state == "waiting_for_retry")
    return (story.reason == "resumed" ? "a person resumed it" : "it failed" + last_failure(story)) +
           (story.due_at_ms ? "; the next try is due in " + seconds(*story.due_at_ms - now_ms) : "; it is tried again");
  if (state == "waiting_behind") return "seq " + std::to_string(story.behind) + " of the same lane goes first";
  if (state == "waiting") return "its turn has not come yet";
  if (state == "paused")
    return "the endpoint is paused" + (s.pause_reason.empty() ? "" : " (" + s.pause_reason + ")") + "; resume the endpoint";
  if (state == "held") return "the receiver asked for a pause of all requests (Retry-After)";
  if (state == "outage")
    return "the endpoint takes nothing" + last_failure(story) + "; it is probed, and all waits until it answers";
  if (state == "deleted") return "the endpoint was deleted; restore it within seven days, or this ends as expired";
  if (state == "disabled") return "the endpoint is disabled; enable it";
  if (state == "dropped") return "a person dropped it: " + story.reason;
  if (state == "skipped" && story.reason == "endpoint_disabled") return "a person disabled the endpoint before it was sent";
  if (state == "skipped" && story.reason == "no_counterpart")
    return "the endpoint's settings were changed before it was sent, and had no word for it any more";
  if (state == "expired" && story.reason == "endpoint_deleted")
    return "the endpoint was deleted, and not restored within seven days";
  if (state == "expired") return "a retention ended it: " + story.reason;
  if (state == "skipped") return "it was skipped: " + story.reason;
  return "it has ended, and what was kept of it is gone";
}

std::string listed(const std::vector<std::string>& words) {
  std::string list;
  for (const auto& text : words) list.append(list.empty() ? "" : ", ").append(text);
  return list.empty() ? "nothing" : list;
}

}  // namespace

DeliveryStory judge(const DeliveryEvidence& evidence, std::int64_t now_ms) {
  DeliveryStory story;
  take_attempts(story, evidence);
  take_ends(story, evidence);
  const NextTry *own = nullptr, *resumed = nullptr;
  for (const auto& next : evidence.look.tries) {
    const NextTry*& first = next.resumed ? resumed : own;
    if (first == nullptr) first = &next;
  }
  if (evidence.look.stage != DeliveryStage::ended) {
    tell_waiting(story, evidence, evidence.look.stage, own, now_ms);
  } else if (resumed != nullptr) {
    tell_waiting(story, evidence, resumed->stage, resumed, now_ms);
  } else {
    tell_end(story, evidence);
  }
  story.explanation = explain(story, evidence, now_ms);
  return story;
}

bool wants_ends(const DeliveryEvidence& evidence) {
  if (evidence.look.stage != DeliveryStage::ended) return false;
  DeliveryStory story;
  take_attempts(story, evidence);
  return !all_delivered(story) || has_missing_part(story, evidence);
}

std::vector<std::string> words_of(const Dialect& dialect, NameSet names) {
  std::vector<std::string> words;
  const auto& all = dialect.event_names();
  for (std::size_t i = 0; i < all.size(); ++i)
    if ((names & (NameSet{1} << i)) != 0) words.emplace_back(all[i]);
  return words;
}

NoMatch why_not(const Event& event, const EndpointTarget& target) {
  const EndpointSettings& s = target.settings;
  if (s.created_at_ms > event.received_at_ms) return {"made_later", "it was made after the event arrived"};
  if (!s.session.empty() && s.session != event.session)
    return {"other_session", "it takes session " + s.session + " only, and the event is of session " + event.session};
  const NameSet names = target.dialect->names_of(event, s.options);
  if (names == 0) return {"no_counterpart", "the dialect " + s.dialect + " has no word for " + std::string(word(event.type))};
  if ((names & target.wanted) == 0)
    return {"not_subscribed",
            "the event is " + listed(words_of(*target.dialect, names)) + "; the endpoint subscribes to " + listed(s.events)};
  if (s.disabled) return {"disabled", "a person disabled it; enable it to get later events"};
  return {"settings_changed", "its settings of today would take the event; when it arrived they were different"};
}

}  // namespace chasqui
