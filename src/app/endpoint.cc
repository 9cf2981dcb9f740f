#include "app/endpoint.h"

#include <algorithm>

#include "core/dialect/dialects.h"
#include "core/http1/head.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

constexpr std::int64_t kTimeoutMin = 100, kTimeoutMax = 600'000, kInFlightMax = 1024, kAttemptsMax = 1000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::string_view kMask = "***";
constexpr std::size_t kHeadersMax = 50, kTextMax = 4096, kDelaysMax = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Reads one object's members, each named once in `take`; complains about the first one that is wrong or unknown.
class Members {
 public:
  Members(json::Value object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) complain("", "must be a JSON object");
  }
  bool ok() const { return complaint_.empty(); }
  Error error() const { return invalid_input(complaint_); }

  json::Value take(std::string_view name) {
    known_.push_back(name);
    return ok() ? object_[name] : json::Value{};
  }
  void text(std::string_view name, std::string& target) {
    const auto v = take(name);
    if (!v.exists()) return;
    if (v.is_null()) {
      target.clear();
    } else if (!v.is_string() || v.string()->size() > kTextMax) {
      complain(name, "must be a string of at most 4096 bytes");
    } else {
      target = v.text();
    }
  }
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most) {
    const auto v = take(name);
    if (!v.exists() || v.is_null()) return std::nullopt;
    const auto value = v.integer();
    if (value && *value >= least && *value <= most) return value;
    complain(name, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  void millis(std::string_view name, std::int64_t least, std::int64_t most, Millis& target) {
    if (const auto value = integer(name, least, most)) target = Millis{*value};
  }
  void flag(std::string_view name, bool& target) {
    const auto v = take(name);
    if (!v.exists()) return;
    if (const auto value = v.boolean()) {
      target = *value;
    } else {
      complain(name, "must be true or false");
    }
  }
  template <class E, class Words>
  void word_of(std::string_view name, E& target, const Words& words) {
    const auto v = take(name);
    if (!v.exists() || v.is_null()) return;
    if (v.is_string() && from_word(*v.string(), target)) return;
    std::string list;
    for (const auto& [value, text] : words) list.append(list.empty() ? "" : ", ").append(text);
    complain(name, "must be one of " + list);
  }
  void complain(std::string_view name, std::string_view what) {
    if (!ok()) return;
    complaint_ = path_;
    if (!name.empty()) complaint_.append(path_.empty() ? "" : ".").append(name);
    complaint_.append(complaint_.empty() ? "the body " : " ").append(what);
  }
  /// Call last.
  void refuse_unknown() {
    if (!ok()) return;
    for (const auto& [name, value] : object_.members()) {
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      std::string list;
      for (const auto known : known_) list.append(list.empty() ? "" : ", ").append(known);
      complain(name, "is not a setting here; known: " + list);
      return;
    }
  }

 private:
  json::Value object_;
  std::string path_;
  std::string complaint_;
  std::vector<std::string_view> known_;
};

void read_headers(Members& m, Headers& target) {
  const auto list = m.take("headers");
  if (!list.exists()) return;
  Headers headers;
  if (!list.is_array() && !list.is_null()) m.complain("headers", "must be an array of {name, value}");
  for (const auto& item : list.items()) {
    const auto name = item["name"].string(), value = item["value"].string();
    if (!name || !value || item.size() != 2) return m.complain("headers", "must be an array of {name, value}");
    headers.emplace_back(*name, *value);
  }
  if (m.ok()) target = std::move(headers);
}

void read_events(Members& m, std::vector<std::string>& target) {
  const auto list = m.take("events");
  if (!list.exists()) return;
  std::vector<std::string> events;
  if (!list.is_array()) m.complain("events", "must be an array of event names");
  for (const auto& item : list.items()) {
    if (!item.is_string()) return m.complain("events", "must be an array of event names");
    events.push_back(item.text());
  }
  if (m.ok()) target = std::move(events);
}

void read_delays(Members& m, std::vector<Millis>& target) {
  const auto list = m.take("delays_ms");
  if (!list.exists() || list.is_null()) return;
  std::vector<Millis> delays;
  if (!list.is_array() || list.size() > kDelaysMax)
    return m.complain("delays_ms", "must be an array of at most 100 waits in milliseconds");
  for (const auto& item : list.items()) {
    const auto ms = item.integer();
    if (!ms || *ms < 0 || *ms > 7 * kDayMs) return m.complain("delays_ms", "must hold integers from 0 to 604800000");
    delays.emplace_back(*ms);
  }
  target = std::move(delays);
}

Status read_retry(Members& outer, RetryPolicy& target) {
  const auto object = outer.take("retry");
  if (!object.exists() || object.is_null()) return success();
  Members m(object, "retry");
  m.word_of("policy", target.curve, words_of_RetryCurve);
  m.millis("delay_ms", 0, kDayMs, target.delay);
  if (const auto attempts = m.integer("attempts", 0, kAttemptsMax)) target.attempts = static_cast<int>(*attempts);
  m.millis("delay_max_ms", 0, 7 * kDayMs, target.delay_max);
  read_delays(m, target.delays);
  m.word_of("on_exhausted", target.on_exhausted, words_of_OnExhausted);
  m.flag("asked_wait_spends", target.asked_wait_spends);
  m.millis("age_max_ms", 1000, 365 * kDayMs, target.age_max);
  m.refuse_unknown();
  if (m.ok() && target.curve == RetryCurve::list && target.delays.empty())
    m.complain("delays_ms", "must be an array of at least one wait, in milliseconds, when policy is list");
  return m.ok() ? success() : Status(m.error());
}

Status check_headers(const EndpointSettings& s, const SignatureRule& signature) {
  if (s.headers.size() > kHeadersMax) return invalid_input("headers must have at most 50 entries");
  for (const auto& [name, value] : s.headers) {
    const std::string low = lower(name);
    if (!http1::is_token(name)) return invalid_input("headers: '" + name + "' is not a header name; use letters, digits and -");
    if (!http1::is_header_value(value)) return invalid_input("headers: the value of " + name + " has a control character");
    for (const std::string_view reserved :
         {"host", "content-length", "transfer-encoding", "connection", "content-type", "te", "upgrade"})
      if (low == reserved) return invalid_input("headers: " + name + " is set by the gateway; remove it");
    if (!signature.header.empty() && low == lower(signature.header))
      return invalid_input("headers: " + name + " carries the signature; set hmac_key instead");
  }
  return success();
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// Header lines without those that the request brings itself (its dialect's win over custom ones).
std::string without_doubles(const EndpointTarget& target, const Request& request) {
  std::string lines;
  std::string_view rest = target.fixed_headers;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    const std::string name = lower(line.substr(0, line.find(':')));
    const bool doubled =
        std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& h) { return lower(h.first) == name; });
    if (!doubled) lines.append(line).append("\r\n");
    rest.remove_prefix(end + 2);
  }
  return lines;
}

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) out.push_back(i + k <= bytes.size() ? digits[(group >> (18 - 6 * k)) & 63] : '=');
  }
  return out;
}

void append_settings(json::Writer& w, const EndpointSettings& s) {
  w.key("id").string(s.id).key("origin").string(s.origin).key("description").string(s.description);
  w.key("dialect").string(s.dialect);
  w.key("events").begin_array();
  for (const auto& event : s.events) w.string(event);
  w.end_array();
  w.key("session").string(s.session).key("profile").string(s.options.profile).key("order").string(word(s.order));
  w.key("retry").begin_object().key("policy").string(word(s.retry.curve)).key("delay_ms").integer(s.retry.delay.count());
  w.key("attempts").integer(s.retry.attempts).key("delay_max_ms").integer(s.retry.delay_max.count());
  w.key("age_max_ms").integer(s.retry.age_max.count()).key("delays_ms").begin_array();
  for (const auto delay : s.retry.delays) w.integer(delay.count());
  w.end_array()
      .key("on_exhausted")
      .string(word(s.retry.on_exhausted))
      .key("asked_wait_spends")
      .boolean(s.retry.asked_wait_spends)
      .end_object();
  w.key("timeout_ms").integer(s.timeout.count()).key("in_flight_max").integer(static_cast<std::int64_t>(s.in_flight_max));
  w.key("paused").boolean(s.paused).key("pause_reason").string(s.pause_reason).key("disabled").boolean(s.disabled);
}

void append_headers(json::Writer& w, const Headers& headers, bool masked) {
  w.begin_array();
  for (const auto& [name, value] : headers) {
    const std::string_view shown = masked && http1::is_secret_header(name) ? kMask : std::string_view(value);
    w.begin_object().key("name").string(name).key("value").string(shown).end_object();
  }
  w.end_array();
}

// The part of a URL between `://` and `@`; empty when there is none.
std::string_view userinfo_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto rest = url.substr(scheme + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto at = authority.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : authority.substr(0, at);
}

std::string with_userinfo(std::string url, std::string_view userinfo) {
  const auto old = userinfo_of(url);
  if (!old.empty()) url.replace(static_cast<std::size_t>(old.data() - url.data()), old.size(), userinfo);
  return url;
}

}  // namespace

Result<EndpointSettings> new_endpoint(std::string_view dialect_name) {
  const Dialect* dialect = find_dialect(dialect_name);
  if (dialect == nullptr) return invalid_input("dialect must be one of " + dialect_names());
  EndpointSettings s;
  s.dialect = dialect->name();
  s.retry = dialect->default_retry();
  s.timeout = dialect->default_timeout();
  return s;
}

Result<EndpointSettings> read_endpoint(json::Value object, EndpointSettings base) {
  const EndpointSettings old = base;
  Members m(object, "");
  m.take("id");  // shown by us, so it may come back; it cannot be changed
  m.take("origin");
  m.take("dialect");
  m.take("created_at_ms");
  m.text("description", base.description);
  m.text("url", base.url);
  read_events(m, base.events);
  m.text("session", base.session);
  m.text("profile", base.options.profile);
  m.word_of("order", base.order, words_of_OrderScope);
  if (const auto retry = read_retry(m, base.retry); !retry) return retry.error();
  m.millis("timeout_ms", kTimeoutMin, kTimeoutMax, base.timeout);
  if (const auto n = m.integer("in_flight_max", 1, kInFlightMax)) base.in_flight_max = static_cast<std::size_t>(*n);
  read_headers(m, base.headers);
  m.text("hmac_key", base.hmac_key);
  m.flag("paused", base.paused);
  m.flag("disabled", base.disabled);
  m.take("pause_reason");
  m.refuse_unknown();
  if (!m.ok()) return m.error();
  if (!base.paused) base.pause_reason.clear();
  // What was shown masked may come back so: it means "as it was".
  if (base.hmac_key == kMask) base.hmac_key = old.hmac_key;
  if (userinfo_of(base.url) == kMask) base.url = with_userinfo(std::move(base.url), userinfo_of(old.url));
  for (auto& [name, value] : base.headers) {
    if (value != kMask) continue;
    const auto before =
        std::find_if(old.headers.begin(), old.headers.end(), [&](const auto& h) { return lower(h.first) == lower(name); });
    if (before == old.headers.end()) return invalid_input("headers: " + name + " has the mask *** for its value; give the value");
    value = before->second;
  }
  if (base.hmac_key == kMask || userinfo_of(base.url) == kMask)
    return invalid_input("hmac_key and url: *** is how a secret is shown, not a secret; give the value");
  return base;
}

Result<std::shared_ptr<const EndpointTarget>> compile(EndpointSettings settings, ports::Crypto& crypto) {
  auto target = std::make_shared<EndpointTarget>();
  target->dialect = find_dialect(settings.dialect);
  if (target->dialect == nullptr) return invalid_input("dialect must be one of " + dialect_names());
  auto url = http1::parse_url(settings.url);
  if (!url) return invalid_input("url: " + url.error().detail);
  if (const auto fits = target->dialect->check(settings.options); !fits) return fits.error();
  const auto wanted = target->dialect->subscription(settings.events, settings.options);
  if (!wanted) return invalid_input("events: " + wanted.error().detail);
  target->signature = target->dialect->signature();
  if (const auto fits = check_headers(settings, target->signature); !fits) return fits.error();

  target->wanted = *wanted;
  target->url = std::move(*url);
  target->origin = {target->url.tls, target->url.host, target->url.port};
  for (const auto& [name, value] : target->dialect->default_headers()) {
    const bool replaced = std::any_of(settings.headers.begin(), settings.headers.end(),
                                      [&](const auto& h) { return lower(h.first) == lower(name); });
    if (!replaced) append_line(target->fixed_headers, name, value);
  }
  for (const auto& [name, value] : settings.headers) append_line(target->fixed_headers, name, value);
  if (!target->url.userinfo.empty()) append_line(target->fixed_headers, "Authorization", "Basic " + base64(target->url.userinfo));
  if (!settings.hmac_key.empty() && target->signature.mac != SignatureRule::Mac::none) {
    const auto kind =
        target->signature.mac == SignatureRule::Mac::hmac_sha512 ? ports::MacKind::hmac_sha512 : ports::MacKind::hmac_sha256;
    target->mac = crypto.mac(kind, settings.hmac_key);
  }
  target->settings = std::move(settings);
  return std::shared_ptr<const EndpointTarget>(std::move(target));
}

void append_shown(json::Writer& w, const EndpointSettings& s) {
  append_settings(w, s);
  w.key("url").string(with_userinfo(s.url, kMask)).key("headers");
  append_headers(w, s.headers, true);
  w.key("hmac_key");
  if (s.hmac_key.empty()) {
    w.null();
  } else {
    w.string(kMask);
  }
  w.key("created_at_ms").integer(s.created_at_ms);
}

std::string to_stored(const EndpointSettings& s, ports::Crypto& crypto) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  append_settings(w, s);
  w.key("no").integer(static_cast<std::int64_t>(s.no));
  // The URL may hold a password and headers often hold keys: all of them are sealed.
  std::string secrets;
  json::Writer inner(secrets);
  inner.begin_object().key("url").string(s.url).key("hmac_key").string(s.hmac_key).key("headers");
  append_headers(inner, s.headers, false);
  inner.end_object();
  w.key("secrets_sealed").string(crypto.seal(secrets));
  w.key("created_at_ms").integer(s.created_at_ms).key("deleted_at_ms").integer(s.deleted_at_ms);
  w.key("backlog_ended").boolean(s.backlog_ended);
  w.end_object();
  return out;
}

Result<EndpointSettings> from_stored(std::string_view json, ports::Crypto& crypto) {
  json::Document parser;
  const auto root = parser.parse(json);
  if (!root) return corrupt("an endpoint's row is not JSON");
  const json::Value o = *root;
  auto base = new_endpoint(o["dialect"].string_or({}));
  if (!base) return base.error();
  EndpointSettings& s = *base;
  Members m(o, "endpoint");
  m.text("id", s.id);
  m.text("origin", s.origin);
  m.text("description", s.description);
  read_events(m, s.events);
  m.text("session", s.session);
  m.text("profile", s.options.profile);
  m.word_of("order", s.order, words_of_OrderScope);
  if (const auto retry = read_retry(m, s.retry); !retry) return retry.error();
  m.millis("timeout_ms", kTimeoutMin, kTimeoutMax, s.timeout);
  if (const auto n = m.integer("in_flight_max", 1, kInFlightMax)) s.in_flight_max = static_cast<std::size_t>(*n);
  m.flag("paused", s.paused);
  m.text("pause_reason", s.pause_reason);
  m.flag("disabled", s.disabled);
  if (!m.ok()) return corrupt(m.error().detail);
  s.no = EndpointNo{static_cast<std::uint32_t>(o["no"].integer().value_or(0))};
  s.created_at_ms = o["created_at_ms"].integer().value_or(0);
  s.deleted_at_ms = o["deleted_at_ms"].integer().value_or(0);
  s.backlog_ended = o["backlog_ended"].boolean().value_or(false);
  const auto opened = crypto.unseal(o["secrets_sealed"].string_or({}));
  if (!opened)
    return corrupt("the secrets of endpoint " + s.id + " cannot be decrypted: is this the key file that they were stored with?");
  json::Document inner_parser;
  const auto inner = inner_parser.parse(*opened);
  if (!inner) return corrupt("the secrets of endpoint " + s.id + " are not JSON");
  Members secrets(*inner, "endpoint");
  secrets.text("url", s.url);
  secrets.text("hmac_key", s.hmac_key);
  read_headers(secrets, s.headers);
  if (!secrets.ok()) return corrupt(secrets.error().detail);
  return base;
}

ports::OutgoingRequest assemble(const EndpointTarget& target, Request request, int attempt, SteadyTime deadline) {
  ports::OutgoingRequest out;
  out.origin = target.origin;
  out.deadline = deadline;
  out.head.reserve(768);
  out.head.append(request.method)
      .append(" ")
      .append(target.url.path_and_query)
      .append(request.url_suffix)
      .append(" HTTP/1.1\r\n");
  append_line(out.head, "Host", target.url.host_header);
  out.head.append(target.settings.headers.empty() ? target.fixed_headers : without_doubles(target, request));
  for (const auto& [name, value] : request.headers) append_line(out.head, name, value);
  if (target.mac) {
    out.head.append(target.signature.header).append(": ").append(target.signature.prefix);
    target.mac->append_hex(out.head, request.body);
    out.head.append("\r\n");
    for (const auto& [name, value] : target.signature.beside) append_line(out.head, name, value);
  }
  append_line(out.head, "X-Chasqui-Attempt", std::to_string(attempt));
  append_line(out.head, "Content-Length", std::to_string(request.body.size()));
  out.head.append("Connection: keep-alive\r\n\r\n");
  out.body = std::move(request.body);
  return out;
}

}  // namespace chasqui
