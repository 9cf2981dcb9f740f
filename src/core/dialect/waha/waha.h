// The dialect of WAHA (WhatsApp HTTP API): webhooks as its receivers know them.
#pragma once

#include "core/dialect/dialect.h"

namespace chasqui::waha {

/// The version of WAHA whose webhooks these are; sent as `environment.version` and in User-Agent.
inline constexpr std::string_view kVersion = "2026.8.2";

/// Sources: WAHA's documentation and OpenAPI document to 2026-08, and its source where the two differ; the users' documents
/// 003 and 004. Profile "current" (default) has the envelope of today, "legacy" the four keys of 2023.
const Dialect& dialect();

}  // namespace chasqui::waha
