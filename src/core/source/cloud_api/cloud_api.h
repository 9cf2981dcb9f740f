// Meta's WhatsApp Cloud API as a source: its deliveries taken apart into canonical events.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/json/value.h"
#include "core/source/source.h"

namespace chasqui::cloud_api {

/// Takes a delivery apart, in the order of its items. Never fails: an item of a kind that we have no type for, or that is
/// not shaped as documented, becomes `engine.raw`; a body that is no Cloud API delivery at all becomes one `engine.raw`.
/// Only a delivery for another product (`object`) gives no drafts; `trouble` says so then.
/// Source of all shapes: Meta's Cloud API webhook reference (2026-11), fields and test payloads.
/// @param body  kept alive by the drafts, which point into it.
Normalised normalise(json::Document& parser, std::shared_ptr<const std::string> body);

/// Decides Meta's verification handshake.
/// @param raw_query   of the request, not decoded: the names hold dots.
/// @param right_token compares in constant time with the configured token.
/// @return the challenge, to be sent back exactly; nullopt = refuse.
std::optional<std::string> handshake(std::string_view raw_query, const std::function<bool(std::string_view)>& right_token);

}  // namespace chasqui::cloud_api
