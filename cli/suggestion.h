#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fbert {

// "; did you mean <nearest>?", or "" when no candidate is near.
std::string suggestion(std::string_view given, const std::vector<std::string>& candidates);

}  // namespace fbert
