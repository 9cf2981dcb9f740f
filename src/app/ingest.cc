#include "app/ingest.h"

#include <algorithm>

#include "core/json/utf8.h"

namespace chasqui {
namespace {

constexpr std::size_t kDedupeKeyShown = 200;  // longer source keys are shown by their start

}  // namespace

Ingest::Ingest(Journal& journal, SessionBook& sessions, Routes& routes, ports::Crypto& crypto, ports::Clock& clock,
               ports::Dice& dice, Counters& counters)
    : journal_(journal), sessions_(sessions), routes_(routes), crypto_(crypto), clock_(clock), dice_(dice), counters_(counters) {}

void Ingest::accept(Normalised delivery, std::string content_type, std::shared_ptr<const std::string> body,
                    Journal::Appended done) {
  const std::int64_t received_at = std::max(to_ms(clock_.now()), last_received_at_ms_);
  last_received_at_ms_ = received_at;
  const std::string delivery_id = "dlv_" + EventId::make(received_at, dice_.id_tail().data()).text();

  Append append;
  append.items.reserve(delivery.drafts.size());
  std::vector<EventId> ids;
  ids.reserve(delivery.drafts.size());
  std::vector<std::string> announced;
  for (auto& draft : delivery.drafts) {
    Session& session = sessions_.find_or_make(draft.session);
    if (!session.announced) {
      session.announced = true;
      announced.push_back(session.address.key);
      append.items.push_back(prepare(announcement(session, received_at, delivery_id), session));
    }
    Event& event = draft.event;
    event.id = identify(draft, session, received_at);
    ids.push_back(event.id);
    event.session = session.name;
    event.received_at_ms = received_at;
    if (event.occurred_at_ms == 0) event.occurred_at_ms = received_at;
    event.source.delivery_id = delivery_id;
    event.dedupe_key = json::valid_utf8_prefix(std::string_view(draft.source_key).substr(0, kDedupeKeyShown));
    if (draft.cause && *draft.cause < ids.size()) event.cause_id = ids[*draft.cause];
    append.items.push_back(prepare(std::move(event), session));
  }
  append.raw = ports::RawDelivery{std::move(content_type), std::move(body)};
  if (!announced.empty()) {
    // If this is not stored, the next delivery announces the sessions again.
    done = [this, engine = delivery.drafts.front().session.engine, announced = std::move(announced),
            told = std::move(done)](const Status& stored) {
      if (!stored)
        for (const auto& key : announced) sessions_.find_or_make({engine, key, ""}).announced = false;
      told(stored);
    };
  }
  journal_.append(std::move(append), std::move(done));
}

void Ingest::announce(const std::string& code, const std::string& message) {
  const SteadyTime now = clock_.steady_now();
  const auto [last, first] = announced_at_.try_emplace(code, now);
  if (!first && now - last->second < std::chrono::seconds(1)) return;
  last->second = now;
  Event event;
  event.received_at_ms = std::max(to_ms(clock_.now()), last_received_at_ms_);
  last_received_at_ms_ = event.received_at_ms;
  event.occurred_at_ms = event.received_at_ms;
  event.id = EventId::make(event.received_at_ms, dice_.id_tail().data());
  event.type = EventType::service_notice;
  event.source = {"chasqui", "native", code, "", 0};
  event.origin = Origin::synthetic;
  ServiceNotice notice;
  notice.name = "chasqui";
  notice.level = code == "endpoint.recovered" ? "info" : "warning";
  notice.message = code + ": " + message;
  event.data = std::move(notice);
  Append append;
  append.items.push_back(prepare(std::move(event), Session{}));
  journal_.append(std::move(append), [](const Status&) {});
}

// Semantics 2: the source item's time, and a digest of what makes it recognisable.
EventId Ingest::identify(const Draft& draft, const Session& session, std::int64_t received_at_ms) {
  if (draft.source_key.empty()) return EventId::make(received_at_ms, dice_.id_tail().data());
  scratch_.assign(draft.event.account).push_back('\0');
  scratch_.append(session.uid).push_back('\0');
  scratch_.append(draft.source_key);
  return EventId::make(draft.event.occurred_at_ms, crypto_.sha256(scratch_).data());
}

Append::Item Ingest::prepare(Event event, const Session& session) {
  const Routes::Routed routed = routes_.route(event);
  counters_.deliveries_skipped += routed.skipped;
  counters_.routes_filtered += routed.filtered;
  counters_.routes_no_counterpart += routed.no_counterpart;
  if (routed.endpoints == 0) ++counters_.events_unrouted;

  Append::Item item;
  ports::NewEvent& row = item.row;
  row.id = event.id;
  row.type = event.type;
  row.session = session.no;
  row.order_key = order_key(event);
  if (const auto subject = message_id_of(event); !subject.empty()) row.subject = stable_hash(subject);
  row.match_set = routed.set;
  row.context = session.context;
  row.received_at_ms = event.received_at_ms;
  row.item_offset = event.raw.item_offset;
  row.item_length = event.raw.item_length;
  row.record.reserve(1024);
  append_json(row.record, event);

  auto entry = std::make_shared<Entry>();
  entry->session = row.session;
  entry->order_key = row.order_key;
  entry->match_set = row.match_set;
  entry->context = row.context;
  entry->bytes = row.record.size() + row.item_length;
  entry->event = std::make_shared<const Event>(std::move(event));
  item.entry = std::move(entry);
  return item;
}

Event Ingest::announcement(const Session& session, std::int64_t received_at_ms, const std::string& delivery_id) {
  Event event;
  event.id = EventId::make(received_at_ms, dice_.id_tail().data());
  event.type = EventType::session_status;
  event.session = session.name;
  event.source = {session.address.engine, "native", "session", delivery_id, 0};
  event.own = session.me;
  event.occurred_at_ms = received_at_ms;
  event.received_at_ms = received_at_ms;
  event.origin = Origin::synthetic;
  event.data = SessionStatus{SessionState::working, {{SessionState::working, received_at_ms}}, "its first event arrived"};
  return event;
}

}  // namespace chasqui
