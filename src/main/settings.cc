#include "main/settings.h"

#include <sys/utsname.h>

#include <charconv>
#include <cstdlib>

#include "core/dialect/waha/waha.h"

namespace chasqui {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (const auto part = trimmed(text.substr(0, end)); !part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return parts;
}

// Reads variables one by one and keeps the first complaint, so that the reading code stays a list.
class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  std::optional<std::string> get(const char* name) const {
    auto value = environment_(name);
    return value && value->empty() ? std::nullopt : value;
  }
  void text(const char* name, std::string& target) const {
    if (auto value = get(name)) target = std::move(*value);
  }
  template <class T>
  void number(const char* name, T least, T most, T& target) {
    const auto value = get(name);
    if (!value) return;
    T read{};
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), read);
    if (error == std::errc{} && end == value->data() + value->size() && read >= least && read <= most) {
      target = read;
    } else {
      complain(name, "must be a number from " + std::to_string(least) + " to " + std::to_string(most) + ", but is '" + *value + "'");
    }
  }
  void flag(const char* name, bool& target) {
    const auto value = get(name);
    if (!value) return;
    std::string low;
    for (const char c : *value) low.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
    if (low == "true" || low == "1") {
      target = true;
    } else if (low == "false" || low == "0") {
      target = false;
    } else {
      complain(name, "must be true, false, 1 or 0, but is '" + *value + "'");
    }
  }
  void complain(const char* name, const std::string& what) {
    if (complaint_.empty()) complaint_ = std::string(name) + " " + what;
  }
  const std::string& complaint() const { return complaint_; }

 private:
  const Environment& environment_;
  std::string complaint_;
};

// WAHA's WHATSAPP_HOOK_CUSTOM_HEADERS: `Name:Value;Name2:Value2`. We split at the first colon only, so that values may hold
// colons (WAHA refuses them).
void read_headers(Reader& r, Headers& headers) {
  const auto text = r.get("WHATSAPP_HOOK_CUSTOM_HEADERS");
  if (!text) return;
  for (const auto& pair : split(*text, ';')) {
    const auto colon = pair.find(':');
    if (colon == std::string::npos) return r.complain("WHATSAPP_HOOK_CUSTOM_HEADERS", "must be Name:Value;Name2:Value2, but has '" + pair + "'");
    headers.emplace_back(trimmed(std::string_view(pair).substr(0, colon)), trimmed(std::string_view(pair).substr(colon + 1)));
  }
}

// The endpoint of the environment, as WAHA's documentation describes the seven variables (2026-07); URL and events must
// both be there, else there is none.
void read_hook(Reader& r, std::vector<EndpointSettings>& endpoints) {
  const auto url = r.get("WHATSAPP_HOOK_URL"), events = r.get("WHATSAPP_HOOK_EVENTS");
  if (!url || !events) return;
  auto settings = new_endpoint("waha");
  CHASQUI_CHECK(settings.has_value(), "the WAHA dialect is part of every build");
  EndpointSettings& s = *settings;
  s.id = Endpoints::kEnvironmentId;
  s.origin = "environment";
  s.url = *url;
  s.events = split(*events, ',');
  r.text("WHATSAPP_HOOK_HMAC_KEY", s.hmac_key);
  r.text("CHASQUI_WAHA_PROFILE", s.options.profile);
  read_headers(r, s.headers);
  if (const auto policy = r.get("WHATSAPP_HOOK_RETRIES_POLICY"); policy && !from_word(*policy, s.retry.curve))
    r.complain("WHATSAPP_HOOK_RETRIES_POLICY", "must be constant, linear or exponential");
  double delay_s = static_cast<double>(s.retry.delay.count()) / 1000;
  r.number("WHATSAPP_HOOK_RETRIES_DELAY_SECONDS", 0.0, 86'400.0, delay_s);
  s.retry.delay = Millis{static_cast<std::int64_t>(delay_s * 1000)};
  r.number("WHATSAPP_HOOK_RETRIES_ATTEMPTS", 0, 1000, s.retry.attempts);
  endpoints.push_back(std::move(s));
}

void read_cloud_api(Reader& r, GatewaySettings& gateway) {
  if (const auto secrets = r.get("CHASQUI_CLOUD_API_APP_SECRET")) {
    CloudApiCallback callback{"default", "environment", split(*secrets, ','), {}};
    r.text("CHASQUI_CLOUD_API_VERIFY_TOKEN", callback.verify_token);
    gateway.callbacks.push_back(std::move(callback));
  }
  if (const auto names = r.get("CHASQUI_CLOUD_API_SESSIONS")) {
    for (const auto& pair : split(*names, ',')) {
      const auto equals = pair.find('=');
      const std::string name = equals == std::string::npos ? "" : pair.substr(equals + 1);
      if (name.empty() || session_name_from(name) != name)
        return r.complain("CHASQUI_CLOUD_API_SESSIONS", "must be phone_number_id=name,… with names of letters, digits, - and _; but has '" + pair + "'");
      gateway.sessions.names.emplace(pair.substr(0, equals), name);
    }
  }
}

std::string platform() {
  utsname name{};
  if (uname(&name) != 0) return "linux/x64";
  const std::string_view machine = name.machine;
  return machine == "x86_64" ? "linux/x64" : machine == "aarch64" ? "linux/arm64" : "linux/" + std::string(machine);
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Result<ServeSettings> settings_from(const Environment& environment) {
  ServeSettings s;
  Reader r(environment);
  r.text("CHASQUI_HOST", s.host);
  r.number<std::uint16_t>("WHATSAPP_API_PORT", 0, 65535, s.port);
  r.number<std::uint16_t>("PORT", 0, 65535, s.port);
  r.text("CHASQUI_DATA", s.data);
  r.text("CHASQUI_STORE", s.store);
  r.text("CHASQUI_LOG_LEVEL", s.log_level);
  r.flag("CHASQUI_PRINT_WEBHOOKS", s.print_webhooks);
  r.text("CHASQUI_CA_FILE", s.ca_file);
  std::int64_t interval = s.demo_interval.count();
  r.number<std::int64_t>("CHASQUI_DEMO_INTERVAL_MS", 1, 3'600'000, interval);
  s.demo_interval = Millis{interval};
  if (const auto format = r.get("CHASQUI_LOG_FORMAT")) {
    s.log_json = *format == "json";
    if (*format != "json" && *format != "text") r.complain("CHASQUI_LOG_FORMAT", "must be text or json");
  }
  GatewaySettings& g = s.gateway;
  for (const char* name : {"CHASQUI_API_KEY", "WAHA_API_KEY", "WHATSAPP_API_KEY"}) r.text(name, g.front.api_key);
  g.sessions.product_version = waha::kVersion;
  g.sessions.platform = platform();
  r.text("WHATSAPP_DEFAULT_ENGINE", g.sessions.engine);
  r.text("WAHA_WORKER_ID", g.sessions.worker_id);
  r.number<std::size_t>("CHASQUI_INGEST_BYTES_MAX", 1 << 20, std::size_t{1} << 40, g.journal.ingest_bytes_max);
  r.number<std::size_t>("CHASQUI_TAIL_BYTES_MAX", 0, std::size_t{1} << 40, g.dispatcher.tail_bytes_max);
  r.number<std::size_t>("CHASQUI_WINDOW_EVENTS_MAX", 1, 1'000'000, g.dispatcher.lanes.events_max);
  r.number<std::size_t>("CHASQUI_IN_FLIGHT_MAX", 1, 65536, g.dispatcher.in_flight_max);
  read_hook(r, g.operator_endpoints);
  read_cloud_api(r, g);
  if (!r.complaint().empty()) return invalid_input(r.complaint());
  return s;
}

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Status check(const ServeSettings& s) {
  if (s.store != "sqlite" && s.store != "memory") return invalid_input("CHASQUI_STORE must be sqlite or memory, but is '" + s.store + "'");
  if (s.log_level != "debug" && s.log_level != "info" && s.log_level != "warning" && s.log_level != "error")
    return invalid_input("CHASQUI_LOG_LEVEL must be debug, info, warning or error, but is '" + s.log_level + "'");
  if (!is_loopback(s.host) && s.gateway.front.api_key.empty())
    return invalid_input("listening on " + s.host + " needs an API key: set CHASQUI_API_KEY, or listen on 127.0.0.1");
  if (!s.gateway.front.api_key.empty() && s.gateway.front.api_key.size() < 8)
    return invalid_input("CHASQUI_API_KEY must have at least 8 characters");
  return success();
}

}  // namespace chasqui
