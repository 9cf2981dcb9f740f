#include "app/trace.h"

#include <algorithm>

#include "app/trace_story.h"
#include "core/dialect/dialects.h"
#include "core/event/event.h"

namespace chasqui {
namespace {

// Receivers know a message by WAHA's `{fromMe}_{chatId}_{id}[_{participant}]`; the journal by the bare id. What has not this
// form is a bare id.
std::string bare_message_id(std::string text) {
  if (!text.starts_with("true_") && !text.starts_with("false_")) return text;
  const auto chat = text.find('_') + 1;
  const auto at = text.find('@', chat);
  const auto end = at == std::string::npos ? at : text.find('_', at);
  if (end == std::string::npos) return text;
  std::string id = text.substr(end + 1);
  // A participant follows in groups; it is an address, and ids have no `@`.
  if (const auto address = id.rfind('@'); address != std::string::npos)
    if (const auto before = id.rfind('_', address); before != std::string::npos) id.resize(before);
  return id;
}

// A webhook's `evt_…` is the event's id or, for a second part, one made of it. Making it again gives the event's id back.
std::vector<EventId> candidates(const EventId& id) {
  std::vector<EventId> ids{id};
  for (const Dialect* dialect : all_dialects())
    for (const auto name : dialect->event_names()) ids.push_back(part_id(id, name));
  return ids;
}

struct TracedEvent {
  EventPlace place;
  MatchSetNo match_set{};
  Event event;
};

}  // namespace

struct Tracer::Job {
  TraceQuestion question;
  std::function<void(Result<std::string>)> done;
  Seq until = 1;
  std::vector<TracedEvent> events;
  Seq more_from = 0;  // 0 = these are all
  std::size_t at = 0;
  std::vector<DeliveryEvidence> deliveries;  // of events[at]
  std::size_t deliveries_more = 0;
  std::string out;
};

void Tracer::tell(TraceQuestion question, std::function<void(Result<std::string>)> done) {
  auto job = std::make_shared<Job>();
  job->question = std::move(question);
  job->question.message = bare_message_id(std::move(job->question.message));
  job->done = std::move(done);
  job->until = parts_.dispatcher.next_seq();
  if (!job->question.seq) return find_page(job, std::max<Seq>(job->question.from, 1));
  parts_.store.read({*job->question.seq, 1, 1, std::nullopt}, [this, job](const Result<ports::ReadPage>& page) {
    if (!page) return job->done(page.error());
    if (!page->events.empty() && page->events[0].seq == *job->question.seq && !take(*job, page->events[0])) return;
    next_event(job);
  });
}

void Tracer::find_page(const JobPtr& job, Seq from) {
  ports::FindRange range{stable_hash(job->question.message), from, job->until, kEventsMax, {}};
  if (job->question.event) range.ids = candidates(*job->question.event);
  parts_.store.find(range, [this, job, from](const Result<ports::FindPage>& page) {
    if (!page) return job->done(page.error());
    for (const auto& stored : page->events) {
      if (job->events.size() == kEventsMax) {
        job->more_from = stored.seq;
        return next_event(job);
      }
      if (!take(*job, stored)) return;
    }
    if (page->next >= job->until || page->next <= from) return next_event(job);
    find_page(job, page->next);
  });
}

// @return false when it could not be read; then the asker has been told.
bool Tracer::take(Job& job, const ports::StoredEvent& stored) {
  auto event = event_from_json(parser_, stored.record);
  if (!event) {
    job.done(corrupt("seq " + std::to_string(stored.seq) + " of the journal: " + event.error().detail));
    return false;
  }
  // Two messages may have one hash.
  if (!job.question.message.empty() && message_id_of(*event) != job.question.message) return true;
  job.events.push_back({{stored.seq, stored.order_key, stored.session}, stored.match_set, std::move(*event)});
  return true;
}

void Tracer::next_event(const JobPtr& job) {
  if (job->at == job->events.size()) return finish(*job);
  look_at(*job);
  // What the look calls ended is on its way to the disk at least: read it when it is there. A store that cannot write keeps
  // nobody waiting; then some ends may be unknown.
  if (parts_.journal.failing()) return read_attempts(job);
  parts_.journal.when_stored([this, job] { read_attempts(job); });
}

void Tracer::look_at(Job& job) {
  const TracedEvent& traced = job.events[job.at];
  job.deliveries.clear();
  job.deliveries_more = 0;
  const auto all = parts_.endpoints.all();
  for (const EndpointNo no : parts_.routes.endpoints(traced.match_set)) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& t) { return t->settings.no == no; });
    if (it == all.end()) continue;
    if (job.deliveries.size() == kEndpointsMax) {
      ++job.deliveries_more;
      continue;
    }
    DeliveryEvidence& delivery = job.deliveries.emplace_back();
    delivery.seq = traced.place.seq;
    delivery.target = *it;
    delivery.look = parts_.dispatcher.look(no, traced.place);
    const EndpointTarget& target = **it;
    delivery.expected =
        words_of(*target.dialect, target.dialect->names_of(traced.event, target.settings.options) & target.wanted);
  }
}

void Tracer::read_attempts(const JobPtr& job) {
  parts_.store.attempts(job->events[job->at].place.seq, [this, job](Result<std::vector<ports::AttemptRow>> rows) {
    if (!rows) return job->done(rows.error());
    for (auto& row : *rows)
      for (auto& delivery : job->deliveries)
        if (delivery.target->settings.no == row.attempt.endpoint) delivery.attempts.push_back(std::move(row));
    read_parked(job);
  });
}

void Tracer::read_parked(const JobPtr& job) {
  ports::ParkedFilter filter;
  filter.seq = job->events[job->at].place.seq;
  filter.limit = 10 * kEndsMax;
  parts_.store.parked(filter, [this, job](Result<std::vector<ports::Parked>> rows) {
    if (!rows) return job->done(rows.error());
    for (auto& row : *rows)
      for (auto& delivery : job->deliveries)
        if (delivery.target->settings.no == row.endpoint) delivery.parked.push_back(std::move(row));
    read_ends(job, 0);
  });
}

void Tracer::read_ends(const JobPtr& job, std::size_t from) {
  while (from < job->deliveries.size() && !wants_ends(job->deliveries[from])) ++from;
  if (from == job->deliveries.size()) {
    write_event(*job);
    ++job->at;
    return next_event(job);
  }
  parts_.store.ended(job->deliveries[from].target->settings.no, kEndsMax,
                     [this, job, from](Result<std::vector<ports::Ended>> rows) {
                       if (!rows) return job->done(rows.error());
                       job->deliveries[from].ended = std::move(*rows);
                       read_ends(job, from + 1);
                     });
}

namespace {

void append_head(json::Writer& w, const TracedEvent& traced) {
  const Event& e = traced.event;
  w.key("seq").unsigned_integer(traced.place.seq).key("event").string(e.id.text()).key("type").string(word(e.type));
  w.key("session").string(e.session).key("message").string(message_id_of(e));
  w.key("received_at_ms").integer(e.received_at_ms).key("occurred_at_ms").integer(e.occurred_at_ms);
  w.key("source").begin_object().key("engine").string(e.source.engine).key("delivery").string(e.source.delivery_id);
  w.key("field").string(e.source.event_name).key("item").integer(e.source.item_index).end_object();
}

void append_attempts(json::Writer& w, const std::vector<ports::AttemptRow>& rows) {
  const std::size_t skipped = rows.size() > Tracer::kAttemptsMax ? rows.size() - Tracer::kAttemptsMax : 0;
  w.key("attempts_not_shown").unsigned_integer(skipped).key("attempts").begin_array();
  for (std::size_t i = skipped; i < rows.size(); ++i) {
    const ports::Failed& a = rows[i].attempt;
    w.begin_object().key("part").string(a.part).key("attempt").integer(a.attempt);
    w.key("delivered").boolean(rows[i].delivered).key("status").integer(a.status);
    w.key("error").string(a.error).key("detail").string(a.detail);
    w.key("started_at_ms").integer(a.started_at_ms).key("duration_us").integer(a.duration_us).end_object();
  }
  w.end_array();
}

void append_delivery(json::Writer& w, const DeliveryEvidence& evidence, std::int64_t now_ms) {
  const DeliveryStory story = judge(evidence, now_ms);
  const EndpointSettings& s = evidence.target->settings;
  w.begin_object().key("endpoint").string(s.id).key("description").string(s.description);
  w.key("deleted").boolean(s.deleted_at_ms != 0).key("endpoint_state").string(evidence.look.endpoint_state);
  w.key("state").string(story.state).key("reason").string(story.reason).key("explanation").string(story.explanation);
  w.key("behind_seq");
  story.behind != 0 ? w.unsigned_integer(story.behind) : w.null();
  w.key("due_at_ms");
  story.due_at_ms ? w.integer(*story.due_at_ms) : w.null();
  w.key("parts").begin_array();
  for (const auto& part : story.parts) {
    w.begin_object().key("part").string(part.part).key("state").string(part.state).key("reason").string(part.reason);
    w.key("attempts").integer(part.attempts).key("at_ms");
    part.at_ms != 0 ? w.integer(part.at_ms) : w.null();
    w.end_object();
  }
  w.end_array();
  append_attempts(w, evidence.attempts);
  w.end_object();
}

}  // namespace

void Tracer::write_event(Job& job) {
  const TracedEvent& traced = job.events[job.at];
  if (!job.out.empty()) job.out.push_back(',');
  json::Writer w(job.out);
  w.begin_object();
  append_head(w, traced);
  w.key("deliveries_not_shown").unsigned_integer(job.deliveries_more).key("deliveries").begin_array();
  for (const auto& delivery : job.deliveries) append_delivery(w, delivery, to_ms(parts_.clock.now()));
  w.end_array();
  std::size_t shown = 0, more = 0;
  std::string others;
  json::Writer list(others);
  for (const auto& target : parts_.endpoints.all()) {
    const EndpointSettings& s = target->settings;
    if (s.deleted_at_ms != 0 || parts_.routes.contains(traced.match_set, s.no)) continue;
    if (shown == kEndpointsMax) {
      ++more;
      continue;
    }
    ++shown;
    const NoMatch why = why_not(traced.event, *target);
    list.begin_object().key("endpoint").string(s.id).key("description").string(s.description);
    list.key("reason").string(why.reason).key("explanation").string(why.explanation).end_object();
  }
  w.key("not_matched_not_shown").unsigned_integer(more).key("not_matched").begin_array();
  if (!others.empty()) w.raw(others);
  w.end_array().end_object();
}

void Tracer::finish(Job& job) {
  if (job.events.empty())
    return job.done(
        not_found("no event in the journal fits; it never came (see chasqui_ingest_… in /metrics), its retention is over, or it "
                  "is another id"));
  std::string out;
  json::Writer w(out);
  w.begin_object().key("events").begin_array().raw(job.out).end_array();
  w.key("next_from");
  job.more_from != 0 ? w.unsigned_integer(job.more_from) : w.null();
  w.end_object();
  job.done(std::move(out));
}

}  // namespace chasqui
