/* Chooses the width. See component.h. */
#include "component.h"

th_status th_component_create(const th_reduction *reduction, th_id component, th_id *values,
                              th_component **made) {
    th_status status = th_component_narrow.create(reduction, component, values, made);
    return status == TH_LIMIT ? th_component_wide.create(reduction, component, values, made)
                              : status;
}
