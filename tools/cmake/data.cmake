# The kit's data: of a build tree by links to the sources, in the place where an installed program has it.
get_filename_component(share ${CMAKE_CURRENT_BINARY_DIR}/${SPX_DATA_BESIDE} ABSOLUTE)
file(MAKE_DIRECTORY ${share})
foreach(folder IN ITEMS plots datasets)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${share}/${folder} SYMBOLIC)
endforeach()
set(data ${CMAKE_INSTALL_DATADIR}/spx)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/plots DESTINATION ${data} FILES_MATCHING PATTERN *.gp
    PATTERN pictures EXCLUDE PATTERN results EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/datasets DESTINATION ${data} PATTERN make.py EXCLUDE)
