#include "adapters/system/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "core/json/writer.h"

namespace chasqui::system {
namespace {

constexpr std::size_t kQueueLines = 8192;

spdlog::level::level_enum level_of(ports::Level level) {
  switch (level) {
    case ports::Level::debug: return spdlog::level::debug;
    case ports::Level::info: return spdlog::level::info;
    case ports::Level::warning: return spdlog::level::warn;
    case ports::Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(ports::Level level) {
  switch (level) {
    case ports::Level::debug: return "debug";
    case ports::Level::info: return "info";
    case ports::Level::warning: return "warning";
    case ports::Level::error: return "error";
  }
  return "info";
}

bool plain(std::string_view value) {
  if (value.empty()) return false;
  for (const char c : value)
    if (static_cast<unsigned char>(c) <= ' ' || c == '=' || c == '"' || c == '\\' || c == 0x7f) return false;
  return true;
}

}  // namespace

std::string format_line(bool json, ports::Level level, std::string_view what, std::initializer_list<ports::Log::Field> fields) {
  std::string out;
  if (json) {
    json::Writer w(out);
    w.begin_object().key("level").string(name_of(level)).key("what").string(what);
    for (const auto& [name, value] : fields) w.member_name(name).string(value);
    w.end_object();
    return out;
  }
  out = what;
  for (const auto& [name, value] : fields) {
    out.append("  ").append(name).append("=");
    if (plain(value)) {
      out.append(value);
    } else {
      json::append_string(out, value);  // quotes and escapes, so that a value cannot forge a line
    }
  }
  return out;
}

struct SpdLog::Impl {
  std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
};

SpdLog::SpdLog(const LogSettings& settings) : impl_(std::make_unique<Impl>()) {
  spdlog::sink_ptr sink;
  if (!settings.json && isatty(STDERR_FILENO) != 0) {
    sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  impl_->json = settings.json;
  impl_->logger = std::make_shared<spdlog::async_logger>("chasqui", sink, impl_->pool, spdlog::async_overflow_policy::overrun_oldest);
  impl_->logger->set_pattern(settings.json ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %^%l%$  %v");
  impl_->logger->set_level(settings.level == "warning" ? spdlog::level::warn : spdlog::level::from_str(settings.level));
  impl_->logger->flush_on(spdlog::level::warn);
}

SpdLog::~SpdLog() {
  impl_->logger->flush();
  impl_->logger.reset();
  impl_->pool.reset();  // joins the thread, which first works off the queue
}

void SpdLog::line(ports::Level level, std::string_view what, std::initializer_list<Field> fields) {
  if (wants(level)) impl_->logger->log(level_of(level), "{}", format_line(impl_->json, level, what, fields));
}

bool SpdLog::wants(ports::Level level) const { return impl_->logger->should_log(level_of(level)); }

}  // namespace chasqui::system
