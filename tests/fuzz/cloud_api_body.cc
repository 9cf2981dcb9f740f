// A delivery of the Cloud API, whatever it holds: taken apart, stored, read back, ordered and rendered.
#include <memory>
#include <string>

#include "core/dialect/dialects.h"
#include "core/source/cloud_api/cloud_api.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace chasqui;

void check_rendering(const Dialect& dialect, const Event& event, const Event& stored, json::Document& parser) {
  for (const char* profile : {"current", "legacy"}) {
    const RenderOptions options{profile};
    if (!dialect.check(options)) continue;
    SessionContext session;
    session.session = event.session;
    session.engine = "NOWEB";
    session.me = event.own;
    const NameSet names = dialect.names_of(event, options);
    const RenderContext context{session, options, "ep_1", names};
    const auto requests = dialect.render(event, context), again = dialect.render(stored, context);
    FUZZ_CHECK(requests.size() == static_cast<std::size_t>(__builtin_popcountll(names)));
    FUZZ_CHECK(requests.size() == again.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      FUZZ_CHECK(parser.parse(requests[i].body).has_value());
      FUZZ_CHECK(requests[i].body == again[i].body && requests[i].headers == again[i].headers);
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static json::Document parser, reading;
  const auto body = std::make_shared<const std::string>(fuzz::as_text(data, size));
  auto delivery = cloud_api::normalise(parser, body);
  FUZZ_CHECK(!delivery.drafts.empty() || !delivery.trouble.empty());
  for (std::size_t i = 0; i < delivery.drafts.size(); ++i) {
    Draft& draft = delivery.drafts[i];
    Event& event = draft.event;
    FUZZ_CHECK(payload_fits(event.type, event.data));
    FUZZ_CHECK(!draft.session.key.empty() && (!draft.cause || *draft.cause < i));
    FUZZ_CHECK(event.raw.item_offset + std::size_t{event.raw.item_length} <= body->size());
    event.id = EventId::make(event.occurred_at_ms, event.id.bytes.data());
    event.session = draft.session.key;
    std::string text, again;
    append_json(text, event);
    auto back = event_from_json(reading, text);
    FUZZ_CHECK(back.has_value());
    append_json(again, *back);
    FUZZ_CHECK(again == text);
    FUZZ_CHECK(back->data == event.data && back->own == event.own && back->ext == event.ext);
    FUZZ_CHECK(order_key(*back) == order_key(event));
    back->raw = event.raw;
    for (const Dialect* dialect : all_dialects()) check_rendering(*dialect, event, *back, reading);
  }
  return 0;
}
