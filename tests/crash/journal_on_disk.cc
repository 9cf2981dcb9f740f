#include "tests/crash/journal_on_disk.h"

#include "tests/support/store_rows.h"
#include "tests/support/store_text.h"

namespace chasqui::testing {
namespace {

const Range kAllEvents = all().events(1'000'000).bytes(1u << 30);
const ParkedQuestion kAllParked = all_parked().limit(1000).with_frozen();

std::string start(const ports::Recovered& found, const OpenDeliveries& open) { return text_but_cursors(found) + text(open); }

}  // namespace

Result<ports::Recovered> JournalLife::open() {
  auto recovered = db_.open();
  if (!recovered) return recovered;
  if (const auto opened = reader_.open(kJournalFile, vfs_.name()); !opened) {
    db_.close();
    return opened.error();
  }
  return recovered;
}

std::string JournalLife::readable() {
  const auto page = reader_.read(kAllEvents);
  std::string out = text(page) + text(reader_.parked(kAllParked));
  for (const EndpointNo endpoint : {EndpointNo{1}, EndpointNo{2}}) out += text(reader_.ended(endpoint, 100));
  for (Seq seq = 1; page && seq < page->next; ++seq) out += text(reader_.attempts(seq));
  return out;
}

std::string JournalLife::open_and_read() {
  const auto found = open();
  if (!found) return found.error().detail;
  const auto page = reader_.read(kAllEvents);
  if (!page) return page.error().detail;
  return start(*found, open_deliveries(found->checkpoint, page->events, found->match_sets)) + readable();
}

std::string readable(const StoreModel& model) {
  const auto page = model.read(kAllEvents);
  std::string out = text(page) + text(model.parked(kAllParked));
  for (const EndpointNo endpoint : {EndpointNo{1}, EndpointNo{2}}) out += text(model.ended(endpoint, 100));
  for (Seq seq = 1; seq < page.next; ++seq) out += text(model.attempts(seq));
  return out;
}

std::string everything(const StoreModel& model) { return start(model.recovered(), model.open()) + readable(model); }

std::vector<ports::Batch> scripted_batches() {
  const ports::ConfigRow made{"endpoint", "a", R"({"url":"http://a.test"})"},
      changed{"endpoint", "a", R"({"url":"http://b.test"})"}, old{"endpoint", "old", "{}"}, gone{"endpoint", "old", ""};
  const auto mine = [](std::uint64_t n, std::uint64_t chat, std::uint32_t set = 1) {
    return routed(in_chat(event(n), chat), set);
  };
  const OrderKey lane = chat_lane(1);
  const auto two = delivery(2, 2).in(lane), follower = delivery(1, 2).in(lane);
  std::vector<ports::Batch> batches;
  const auto add = [&](auto... rows) { batches.push_back(batch(std::move(rows)...)); };
  add(made, old, session(1, "default"), match_set(1, {1, 2}), context(1, "{}"), mine(1, 1));
  add(Source("{\"two\":2,\"three\":3}").with(mine(2, 1), 0, 9).with(mine(3, 2), 9, 10), event(1));
  add(changed, gone, delivery(1, 1).in(lane).failed(), delivery(1, 1).in(lane).retry(), delivery(1, 3).delivered(),
      delivery(2, 1).delivered(), two.failed(), two.retry(), delivery(2, 3, "message").part_delivered());
  add(sized(mine(4, 3), 50'000), match_set(2, {2}), mine(5, 2, 2), delivery(2, 3, "message.any").delivered(),
      tail_at(4, {laggard(1, 4).deferred(lane, 1), laggard(2, 2).settled({3})}));
  add(delivery(1, 1).in(lane).delivered(2), two.failed(2), two.retry(2), delivery(2, 4, "message").part_parked());
  add(Source(std::string(40'000, 'r')).with(event(6), 0, 40'000).with(event(2), 5, 5), event(7), event(8),
      delivery(2, 5).delivered(),
      tail_at(6, {laggard(1, 4).deferred(lane, 2), laggard(2, 2).settled({3, 5}).part_done(4, "message")}));
  add(two.failed(3), two.parked(3), follower.failed(), follower.parked(1), gone);
  add(two.unparked(), two.retry_alone(3), follower.unparked(), follower.dropped(), mine(9, 1),
      tail_at(9, {laggard(1, 4), laggard(2, 4).settled({5, 6, 7, 8}).part_done(4, "message").hold_until(kRowsBegin)}));
  add(events(10, 12), context(2, "{\"me\":2}"), session(1, "renamed"), ended_range(1, 4, 10, 2), delivery(2, 9).delivered());
  return batches;
}

ports::Batch probe() {
  return batch(event(1), event(100), event(100), delivery(1, 100).failed(), delivery(1, 100).retry(),
               ports::ConfigRow{"endpoint", "probe", "{}"});
}

}  // namespace chasqui::testing
