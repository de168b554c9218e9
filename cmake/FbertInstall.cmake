# What `cmake --install` puts into a prefix: the program, the library (libfbert.a and libfbert.so) with its headers, the
# default model, and the packages that find_package(fbert) and pkg-config read.
include(CMakePackageConfigHelpers)

# The objects of the folders, compiled once, make both libraries.
set(fbert_objects)
foreach(folder kernels loader tokenizer engine quantizer pipelines)
  list(APPEND fbert_objects $<TARGET_OBJECTS:fbert_${folder}>)
endforeach()
set(fbert_dependencies Threads::Threads ${CMAKE_DL_LIBS} PkgConfig::UTF8PROC fmt::fmt)
foreach(kind static shared)
  string(TOUPPER ${kind} KIND)
  add_library(fbert_${kind} ${KIND} ${fbert_objects})
  set_target_properties(fbert_${kind} PROPERTIES OUTPUT_NAME fbert LINKER_LANGUAGE CXX
    ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_compile_features(fbert_${kind} INTERFACE cxx_std_20)
  target_include_directories(fbert_${kind} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(fbert_${kind} PRIVATE ${fbert_dependencies})
endforeach()
set_target_properties(fbert_static PROPERTIES EXPORT_NAME fbert)
# The version script hides what the standard library's templates leave behind. The soname changes with the interface.
set(version_script ${CMAKE_CURRENT_LIST_DIR}/libfbert.map)
set_target_properties(fbert_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0 LINK_DEPENDS ${version_script})
target_link_options(fbert_shared PRIVATE -Wl,--version-script=${version_script})
if(NOT FBERT_SANITIZE)  # whose runtime the program brings
  target_link_options(fbert_shared PRIVATE -Wl,-z,defs)
endif()

install(TARGETS fbert)
install(TARGETS fbert_static EXPORT fbert-static)
install(TARGETS fbert_shared EXPORT fbert-shared)

# The public headers; every other header is internal to its folder.
install(DIRECTORY include/fbert DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(DIRECTORY models/fbert-mini-sst2 DESTINATION ${CMAKE_INSTALL_DATADIR}/fbert/models)
install(DIRECTORY ${PROJECT_BINARY_DIR}/manual/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${PROJECT_BINARY_DIR}/manual/bash/fbert DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PROJECT_BINARY_DIR}/manual/zsh/_fbert DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${PROJECT_BINARY_DIR}/manual/fish/fbert.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/fbert)
foreach(kind static shared)
  install(EXPORT fbert-${kind} NAMESPACE fbert:: FILE fbert-${kind}-targets.cmake DESTINATION ${package_folder})
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/fbert-config.cmake.in
  ${PROJECT_BINARY_DIR}/fbert-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fbert-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fbert-config.cmake ${PROJECT_BINARY_DIR}/fbert-config-version.cmake
  DESTINATION ${package_folder})

file(RELATIVE_PATH prefix_of_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/fbert.pc.in ${PROJECT_BINARY_DIR}/fbert.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/fbert.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
