"""The formula of every indicator that is computed: `FORMULAS[id](book, params)`.

A formula takes the records of a scope and the catalogue's numbers, and gives a part (`Sums` or
`Pool`). What is not known is left out of both sides and told as coverage; a register that was
never kept gives nothing, not 0.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agro.indicators.book import Book
from agro.indicators.formulas import (
    agroecology,
    biodiversity,
    canteens,
    climate,
    food,
    inputs,
    jobs,
    production,
    social,
    soil,
    waste,
    water,
)
from agro.indicators.parts import Part

Formula = Callable[[Book, Mapping[str, Any]], Part]

FORMULAS: dict[str, Formula] = {
    "PROD_HARVEST_KG": production.harvest,
    "PROD_YIELD": production.yield_per_area,
    "PROD_VALUE_EUR": production.value,
    "PROD_PORTIONS": production.portions,
    "PROD_MEALS_EQ": production.meals,
    "PROD_LABOUR_KG_H": production.labour_productivity,
    "LAND_CULTIVATED_M2": production.cultivated,
    "FOOD_COVERAGE_ALL": food.coverage_all,
    "FOOD_COVERAGE_FV": food.coverage_fruit_veg,
    "THEORETICAL_ADEQUACY": food.theoretical_adequacy,
    "SHORT_CHAIN_SHARE_VALUE": food.short_chain_value,
    "SHORT_CHAIN_SHARE_KG": food.short_chain_mass,
    "LOCAL_SHARE_KG": food.local_share,
    "FOOD_KM": food.distance,
    "TRANSPORT_CO2": climate.transport,
    "EGALIM_DURABLE": canteens.durable,
    "EGALIM_BIO": canteens.organic,
    "EGALIM_MEAT_FISH": canteens.meat_fish,
    "CANTEEN_WASTE_G_MEAL": canteens.waste_per_meal,
    "WATER_IRRIGATION_M3": water.volume,
    "WATER_PRODUCTIVITY": water.productivity,
    "WATER_L_PER_KG": water.litres_per_kg,
    "WATER_RIS": water.relative_supply,
    "WATER_RAIN_HARVEST_POTENTIAL_M3": water.rain_potential,
    "WATER_ALTERNATIVE_SHARE": water.alternative_share,
    "N_BALANCE": inputs.nitrogen_balance,
    "IFT_TOTAL": inputs.ift_total,
    "IFT_HORS_BIOCONTROLE": inputs.ift_without_biocontrol,
    "PEST_FREE_AREA": inputs.pest_free_area,
    "ORGANIC_AREA": inputs.organic_area,
    "SOIL_HEALTH_TAPE": soil.health,
    "SOC_STOCK": soil.carbon_stock,
    "SOIL_COVER_DAYS": soil.cover_days,
    "DIV_RICHNESS": biodiversity.richness,
    "DIV_SHANNON": biodiversity.shannon,
    "DIV_PIELOU": biodiversity.pielou,
    "DIV_GINI_SIMPSON": biodiversity.gini_simpson,
    "DIV_TAPE_GSI_CROPS": biodiversity.tape_crops,
    "SEMI_NATURAL_SHARE": biodiversity.semi_natural_share,
    "CBS": biodiversity.biotope_factor,
    "COOLING_NIGHT": climate.night_cooling,
    "BIOWASTE_DIVERTED": waste.biowaste,
    "COMPOST_YIELD": waste.compost_yield,
    "LOSS_RATE": waste.loss_rate,
    "DONATED_KG": social.donated,
    "JOBS_ETP": jobs.full_time_equivalent,
    "JOBS_AWU": jobs.annual_work_units,
    "JOBS_INSERTION_SHARE": jobs.insertion_share,
    "VOLUNTEER_HOURS": social.volunteer_hours,
    "VOLUNTEER_PERSONS": social.volunteers,
    "TRAINING_PARTICIPANT_HOURS": social.training,
    "RESIDENTS_WITH_ACCESS": social.residents_with_access,
    "WOMEN_SHARE_HOURS": jobs.women_share,
    "TAPE_CAET": agroecology.caet,
    "DATA_COVERAGE_HARVEST": production.data_coverage,
}
