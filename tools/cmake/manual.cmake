# Manual, completions and list of tools, made by the tools themselves from their tables.
file(GLOB pages CONFIGURE_DEPENDS manual/*.c)
add_executable(manual_pages ${pages})
target_link_libraries(manual_pages PRIVATE spx_cli)
file(GLOB scripts CONFIGURE_DEPENDS cmake/*.sh cmake/*.awk)
get_filename_component(made ${share}/.. ABSOLUTE)
add_custom_command(OUTPUT ${share}/tools.tsv
    COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/cmake/generate.sh ${CMAKE_CURRENT_BINARY_DIR} ${made} spx ${tools}
    DEPENDS spx_umbrella manual_pages ${tools} ${scripts}
    COMMENT "Manual and completions" VERBATIM)
add_custom_target(manual ALL DEPENDS ${share}/tools.tsv)
install(FILES ${share}/tools.tsv DESTINATION ${data})
install(DIRECTORY ${made}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
foreach(folder IN ITEMS bash-completion zsh fish)
    install(DIRECTORY ${made}/${folder} DESTINATION ${CMAKE_INSTALL_DATADIR})
endforeach()
