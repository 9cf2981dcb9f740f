#include "core/dialect/waha/waha.h"

#include "core/dialect/waha/names.h"
#include "core/dialect/waha/payloads.h"
#include "core/dialect/waha/writing.h"

namespace chasqui::waha {
namespace {

constexpr std::size_t kEnvelopeBytes = 700;  // a little more than the envelope and a text message's own fields take

void write_me(json::Writer& w, const Party& me, std::string& scratch) {
  w.key("me");
  if (me == Party{}) {
    w.null();
    return;
  }
  w.begin_object().key("id").string(chat_id(me, scratch)).key("pushName");
  string_or_null(w, me.push_name.empty() ? me.name : me.push_name);
  if (!me.lid.empty()) w.key("lid").string(me.lid + "@lid");
  if (!me.jid.empty()) w.key("jid").string(me.jid);
  w.end_object();
}

void write_environment(json::Writer& w, const SessionContext& s) {
  w.key("environment").begin_object().key("version").string(s.product_version).key("engine").string(s.engine).key("tier").string("CORE");
  w.key("browser").null().key("platform").string(s.platform).key("worker").begin_object().key("id");
  string_or_null(w, s.worker_id);
  w.end_object().end_object();
}

void write_body(std::string& body, Name name, const EventId& id, const Event& event, const RenderContext& context, bool legacy) {
  const SessionContext& s = context.session;
  std::string scratch;
  scratch.reserve(160);
  const PayloadContext payload{event, s, legacy, scratch};
  json::Writer w(body);
  w.begin_object();
  if (!legacy) {
    scratch = "evt_";
    id.append_text(scratch);
    w.key("id").string(scratch).key("timestamp").integer(event.received_at_ms);
  }
  w.key("event").string(text_of(name)).key("session").string(s.session);
  if (legacy) {
    w.key("engine").string(s.engine).key("payload");
    write_payload(w, name, payload);
  } else {
    if (!s.metadata.empty()) {
      w.key("metadata").begin_object();
      for (const auto& [key, value] : s.metadata) w.member_name(key).string(value);
      w.end_object();
    }
    write_me(w, s.me, scratch);
    w.key("payload");
    write_payload(w, name, payload);
    w.key("engine").string(s.engine);
    write_environment(w, s);
  }
  w.end_object();
}

class WahaDialect : public Dialect {
 public:
  std::string_view name() const override { return "waha"; }
  const std::vector<std::string_view>& event_names() const override { return all_names(); }
  Result<NameSet> subscription(const std::vector<std::string>& names, const RenderOptions& options) const override { return waha::subscription(names, options); }
  NameSet names_of(const Event& event, const RenderOptions& options) const override { return waha::names_of(event, options); }

  std::vector<Request> render(const Event& event, const RenderContext& context) const override {
    std::vector<Request> requests;
    const NameSet names = waha::names_of(event, context.options);
    bool first = true;
    for (NameSet left = names; left != 0; left &= left - 1) {
      const auto name = static_cast<Name>(__builtin_ctzll(left));
      // The first name has the event's own id, the others a sibling each, whatever the subscription: so a part's id is always the same.
      const EventId id = part_id(event.id, std::exchange(first, false) ? std::string_view{} : text_of(name));
      if ((context.wanted & bit(name)) == 0) continue;
      Request& request = requests.emplace_back();
      request.part = text_of(name);
      request.body.reserve(kEnvelopeBytes + 2 * event.raw.item_length);
      write_body(request.body, name, id, event, context, is_legacy(context.options));
      request.headers = {{"Content-Type", "application/json"},
                         {"X-Webhook-Request-Id", delivery_id(event.id, context.endpoint_id, request.part)},
                         {"X-Webhook-Timestamp", std::to_string(event.received_at_ms)}};
    }
    return requests;
  }

  // As real WAHA's client sends them (measured by its users, 2026).
  Headers default_headers() const override {
    return {{"Accept", "application/json, text/plain, */*"}, {"User-Agent", "WAHA/" + std::string(kVersion)}, {"Accept-Encoding", "gzip, compress, deflate, br"}};
  }
  SignatureRule signature() const override {
    return {SignatureRule::Mac::hmac_sha512, "X-Webhook-Hmac", "", {{"X-Webhook-Hmac-Algorithm", "sha512"}}};
  }
  RetryPolicy default_retry() const override {
    RetryPolicy policy;  // constant, 15 times 2 s apart: RetryPolicy's own defaults are WAHA's
    policy.asked_wait_spends = true;
    return policy;
  }
  // WAHA waits for ever; flows that answer at their end (n8n) rely on long waits, so ours is long.
  Millis default_timeout() const override { return Millis{60'000}; }
  Status check(const RenderOptions& options) const override {
    if (options.profile.empty() || options.profile == "current" || options.profile == "legacy") return success();
    return invalid_input("profile must be current or legacy");
  }
};

}  // namespace

const Dialect& dialect() {
  static const WahaDialect waha;
  return waha;
}

}  // namespace chasqui::waha
