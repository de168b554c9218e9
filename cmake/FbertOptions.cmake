# Flags shared by every target, in one interface target.
add_library(fbert_options INTERFACE)
target_compile_features(fbert_options INTERFACE cxx_std_20)
target_include_directories(fbert_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# No contraction behind the source's back: a fused multiply-add stands where the code says fma (docs/numerics.md).
target_compile_options(fbert_options INTERFACE $<BUILD_INTERFACE:-ffp-contract=off>)
# What is worth -O3 is in the kernels, which ask for it file by file, and in the quantiser, whose loops over weights take
# most of the time in which a model is loaded as int8; elsewhere it costs a fifth of the compile time. The command line
# waits for people, files and models: -O1.
set(level "$<IF:$<STREQUAL:$<TARGET_PROPERTY:NAME>,fbert_cli>,1,$<IF:$<STREQUAL:$<TARGET_PROPERTY:NAME>,fbert_quantizer>,3,2>>")
target_compile_options(fbert_options INTERFACE $<BUILD_INTERFACE:$<$<CONFIG:Release>:-O${level}>>)

add_library(fbert_warnings INTERFACE)
target_compile_options(fbert_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
  -Wconversion -Wsign-conversion -Wformat=2 $<$<CXX_COMPILER_ID:GNU>:-Wdouble-promotion> $<$<BOOL:${FBERT_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # At -O3, GCC 12 takes a literal + a temporary std::string for overlapping copies (GCC bug 105651).
  target_compile_options(fbert_warnings INTERFACE -Wno-restrict)
endif()

if(FBERT_SANITIZE)
  add_compile_options(-fsanitize=${FBERT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FBERT_SANITIZE})
endif()
if(FBERT_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Under AddressSanitizer half of the compile time is optimisation: only where the time of the tests goes it pays.
set(optimised_rooms fbert_kernels fbert_quantizer fbert_tokenizer)
if(FBERT_SANITIZE MATCHES address AND NOT FBERT_LIBFUZZER)
  target_compile_options(fbert_options INTERFACE
    $<BUILD_INTERFACE:$<$<AND:$<CONFIG:RelWithDebInfo>,$<IN_LIST:$<TARGET_PROPERTY:NAME>,${optimised_rooms}>>:-O1>>)
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# fbert_library(name SOURCES ... PUBLIC libs... PRIVATE libs...): one folder, one static library. What is installed is put
# together from their objects (FbertInstall.cmake).
function(fbert_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  string(REGEX REPLACE "^fbert_" "" export_name ${name})
  add_library(fbert::${export_name} ALIAS ${name})
  # Not in programs: what tests put in place of malloc() must be seen by all of their libraries.
  set_target_properties(${name} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${name} PUBLIC fbert_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:fbert_warnings>)
endfunction()
