"""The one table of what is measured: one quantity, one name, one unit from codec to chart.

`low` and `high` bound what the world can do (QARTOD gross range: outside is `fail`);
`step` is the greatest believable change in one hour (beyond is `suspect`; `inf` = not tested).
`kind` says how an interval is summed up: a `mean` of states or a `sum` of amounts; `counter` and
`status` values are kept but never summed.
`ucum` and `cf` are the names used in open data (UCUM code; CF standard name, where one exists).
"""

from dataclasses import dataclass
from math import inf
from typing import Literal

Kind = Literal["mean", "sum", "counter", "status"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row of the table."""

    name: str
    unit: str
    low: float
    high: float
    step: float
    kind: Kind
    ucum: str
    cf: str = ""


_ROWS = (
    # soil
    Quantity(
        "soil_moisture",
        "m³ m⁻³",
        0.0,
        0.8,
        0.4,
        "mean",
        "m3/m3",
        "volume_fraction_of_condensed_water_in_soil",
    ),
    Quantity("soil_temperature", "°C", -30.0, 60.0, 10.0, "mean", "Cel", "soil_temperature"),
    Quantity("soil_conductivity", "dS m⁻¹", 0.0, 30.0, inf, "mean", "dS/m"),
    Quantity("soil_permittivity", "1", 1.0, 90.0, inf, "mean", "1"),
    Quantity("soil_water_potential", "kPa", -100000.0, 0.0, inf, "mean", "kPa"),
    Quantity("soil_resistance", "Ω", 0.0, 10000000.0, inf, "status", "Ohm"),
    # what an uncalibrated soil sensor counts
    Quantity("soil_moisture_counts", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("soil_conductivity_counts", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("soil_moisture_frequency", "kHz", 0.0, 65535.0, inf, "status", "kHz"),
    # soil chemistry and the plant
    Quantity("soil_ph", "1", 0.0, 14.0, inf, "mean", "[pH]"),
    Quantity("soil_nitrogen", "mg kg⁻¹", 0.0, 5000.0, inf, "mean", "mg/kg"),
    Quantity("soil_phosphorus", "mg kg⁻¹", 0.0, 5000.0, inf, "mean", "mg/kg"),
    Quantity("soil_potassium", "mg kg⁻¹", 0.0, 5000.0, inf, "mean", "mg/kg"),
    Quantity("soil_heat_flux", "W m⁻²", -500.0, 500.0, inf, "mean", "W/m2"),
    Quantity("leaf_wetness", "%", 0.0, 100.0, inf, "mean", "%"),
    Quantity("leaf_temperature", "°C", -40.0, 60.0, 20.0, "mean", "Cel"),
    Quantity("leaf_wetness_index", "1", -1.0, 1.0, inf, "mean", "1"),
    Quantity("stem_displacement", "µm", -40000.0, 40000.0, inf, "mean", "um"),
    Quantity("stem_temperature", "°C", -40.0, 60.0, 20.0, "mean", "Cel"),
    Quantity("sap_flow", "L h⁻¹", -50.0, 1000.0, inf, "mean", "L/h"),
    Quantity("heat_velocity", "cm h⁻¹", -50.0, 1000.0, inf, "mean", "cm/h"),
    Quantity("strain", "µm m⁻¹", -31000.0, 31000.0, inf, "mean", "um/m"),
    # air and sky
    Quantity("air_temperature", "°C", -40.0, 50.0, 15.0, "mean", "Cel", "air_temperature"),
    # the lowest and highest since the last message
    Quantity("air_temperature_min", "°C", -40.0, 50.0, inf, "status", "Cel"),
    Quantity("air_temperature_max", "°C", -40.0, 50.0, inf, "status", "Cel"),
    Quantity("relative_humidity", "%", 0.0, 100.0, 60.0, "mean", "%", "relative_humidity"),
    Quantity(
        "vapour_pressure",
        "kPa",
        0.0,
        7.0,
        2.0,
        "mean",
        "kPa",
        "water_vapor_partial_pressure_in_air",
    ),
    Quantity(
        "vapour_pressure_deficit",
        "kPa",
        0.0,
        15.0,
        5.0,
        "mean",
        "kPa",
        "water_vapor_saturation_deficit_in_air",
    ),
    Quantity("dew_point", "°C", -60.0, 40.0, 15.0, "mean", "Cel", "dew_point_temperature"),
    Quantity("surface_temperature", "°C", -50.0, 90.0, 30.0, "mean", "Cel", "surface_temperature"),
    Quantity("globe_temperature", "°C", -50.0, 90.0, 30.0, "mean", "Cel"),
    Quantity("wet_bulb_globe_temperature", "°C", -50.0, 60.0, 20.0, "mean", "Cel"),
    Quantity("indoor_temperature", "°C", -40.0, 60.0, 15.0, "mean", "Cel"),
    Quantity("indoor_humidity", "%", 0.0, 100.0, 60.0, "mean", "%"),
    Quantity("air_pressure", "kPa", 60.0, 110.0, 2.0, "mean", "kPa", "air_pressure"),
    Quantity(
        "sea_level_pressure",
        "kPa",
        85.0,
        110.0,
        2.0,
        "mean",
        "kPa",
        "air_pressure_at_mean_sea_level",
    ),
    Quantity("wind_speed", "m s⁻¹", 0.0, 60.0, inf, "mean", "m/s", "wind_speed"),
    Quantity("wind_gust", "m s⁻¹", 0.0, 90.0, inf, "mean", "m/s", "wind_speed_of_gust"),
    Quantity("wind_direction", "°", 0.0, 360.0, inf, "status", "deg", "wind_from_direction"),
    Quantity(
        "solar_radiation",
        "W m⁻²",
        0.0,
        1500.0,
        inf,
        "mean",
        "W/m2",
        "surface_downwelling_shortwave_flux_in_air",
    ),
    Quantity("solar_radiation_max", "W m⁻²", 0.0, 2000.0, inf, "status", "W/m2"),
    Quantity("uv_index", "1", 0.0, 20.0, inf, "mean", "1", "ultraviolet_index"),
    Quantity(
        "photon_flux",
        "µmol m⁻² s⁻¹",
        0.0,
        3500.0,
        inf,
        "mean",
        "umol/m2/s",
        "surface_downwelling_photosynthetic_photon_flux_in_air",
    ),
    Quantity("illuminance", "lx", 0.0, 200000.0, inf, "mean", "lx"),
    Quantity(
        "co2", "ppm", 0.0, 10000.0, inf, "mean", "[ppm]", "mole_fraction_of_carbon_dioxide_in_air"
    ),
    Quantity("volatile_compounds", "ppb", 0.0, 6553500.0, inf, "mean", "[ppb]"),
    Quantity("ozone", "ppm", 0.0, 6553.5, inf, "mean", "[ppm]", "mole_fraction_of_ozone_in_air"),
    Quantity("carbon_monoxide", "ppm", 0.0, 6553.5, inf, "mean", "[ppm]"),
    Quantity("nitrogen_monoxide", "ppm", 0.0, 6553.5, inf, "mean", "[ppm]"),
    Quantity("nitrogen_dioxide", "ppm", 0.0, 6553.5, inf, "mean", "[ppm]"),
    Quantity("sulphur_dioxide", "ppm", 0.0, 65535.0, inf, "mean", "[ppm]"),
    Quantity("hydrogen_sulphide", "ppm", 0.0, 6553.5, inf, "mean", "[ppm]"),
    Quantity("ammonia", "ppm", 0.0, 6553.5, inf, "mean", "[ppm]"),
    Quantity("noise", "dB", 0.0, 200.0, inf, "mean", "dB"),
    Quantity(
        "pm1",
        "µg m⁻³",
        0.0,
        2000.0,
        inf,
        "mean",
        "ug/m3",
        "mass_concentration_of_pm1_ambient_aerosol_particles_in_air",
    ),
    Quantity(
        "pm2_5",
        "µg m⁻³",
        0.0,
        2000.0,
        inf,
        "mean",
        "ug/m3",
        "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air",
    ),
    Quantity(
        "pm10",
        "µg m⁻³",
        0.0,
        2000.0,
        inf,
        "mean",
        "ug/m3",
        "mass_concentration_of_pm10_ambient_aerosol_particles_in_air",
    ),
    # the same without the sensor's correction for outdoor air
    Quantity("pm1_uncorrected", "µg m⁻³", 0.0, 65535.0, inf, "status", "ug/m3"),
    Quantity("pm2_5_uncorrected", "µg m⁻³", 0.0, 65535.0, inf, "status", "ug/m3"),
    Quantity("pm10_uncorrected", "µg m⁻³", 0.0, 65535.0, inf, "status", "ug/m3"),
    # particles larger than so many µm, in the sensor's sample
    Quantity("particles_0_3", "1", 0.0, 16777215.0, inf, "status", "1"),
    Quantity("particles_0_5", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("particles_1", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("particles_2_5", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("particles_5", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("particles_10", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("rain", "mm", 0.0, 60.0, inf, "sum", "mm", "thickness_of_rainfall_amount"),
    Quantity("rain_total", "mm", 0.0, inf, inf, "counter", "mm"),
    Quantity("rain_day", "mm", 0.0, 1000.0, inf, "counter", "mm"),
    Quantity("rain_rate", "mm h⁻¹", 0.0, 1000.0, inf, "mean", "mm/h", "rainfall_rate"),
    Quantity("rain_interval", "s", 0.0, 86400.0, inf, "status", "s"),
    Quantity("rain_gauge", "mm", 0.0, 6553.5, inf, "status", "mm"),
    Quantity("rain_detected", "1", 0.0, 1.0, inf, "status", "1"),
    Quantity("rain_conductivity", "dS m⁻¹", 0.0, 30.0, inf, "mean", "dS/m"),
    Quantity("lightning_count", "1", 0.0, 65535.0, inf, "sum", "1"),
    Quantity("lightning_distance", "km", 0.0, 100.0, inf, "status", "km"),
    # water
    Quantity("water_flow", "L min⁻¹", 0.0, 10000.0, inf, "mean", "L/min"),
    Quantity("water_volume", "L", 0.0, inf, inf, "counter", "L"),
    Quantity("water_pressure", "kPa", -100.0, 5000.0, inf, "mean", "kPa"),
    Quantity("water_temperature", "°C", -5.0, 60.0, 10.0, "mean", "Cel"),
    Quantity("water_detected", "1", 0.0, 1.0, inf, "status", "1"),
    Quantity("water_level", "mm", 0.0, 65535.0, inf, "mean", "mm"),
    Quantity("water_conductivity", "dS m⁻¹", 0.0, 100.0, inf, "mean", "dS/m"),
    Quantity("water_ph", "1", 0.0, 14.0, inf, "mean", "[pH]"),
    Quantity("redox_potential", "mV", -2000.0, 2000.0, inf, "mean", "mV"),
    Quantity("turbidity", "NTU", 0.0, 6553.5, inf, "mean", "[NTU]"),
    Quantity("dissolved_oxygen", "mg L⁻¹", 0.0, 50.0, inf, "mean", "mg/L"),
    Quantity("oxygen_saturation", "%", 0.0, 300.0, inf, "mean", "%"),
    Quantity("moisture_detected", "1", 0.0, 1.0, inf, "status", "1"),
    Quantity("valve_open", "1", 0.0, 1.0, inf, "status", "1"),
    # the city's own equipment
    Quantity("power", "kW", -100000.0, 100000.0, inf, "mean", "kW"),
    Quantity("energy", "kWh", -1000000.0, 1000000.0, inf, "sum", "kW.h"),
    Quantity("energy_total", "kWh", 0.0, inf, inf, "counter", "kW.h"),
    Quantity("luminous_level", "%", 0.0, 100.0, inf, "mean", "%"),
    Quantity("lamps_on", "1", 0.0, 1000000.0, inf, "mean", "1"),
    Quantity("free_spaces", "1", 0.0, 100000.0, inf, "mean", "1"),
    Quantity("vehicle_flow", "h⁻¹", 0.0, 20000.0, inf, "mean", "/h"),
    Quantity("vehicle_speed", "km h⁻¹", 0.0, 250.0, inf, "mean", "km/h"),
    Quantity("occupancy", "%", 0.0, 100.0, inf, "mean", "%"),
    # of public transport; who is early is late by less than 0
    Quantity("vehicles_seen", "1", 0.0, 100000.0, inf, "mean", "1"),
    Quantity("transit_delay", "s", -7200.0, 86400.0, inf, "mean", "s"),
    Quantity("trips_cancelled", "1", 0.0, 100000.0, inf, "mean", "1"),
    Quantity("service_alerts", "1", 0.0, 10000.0, inf, "mean", "1"),
    # of an agency's daily scale, whose steps are no amounts: never averaged
    Quantity("air_index", "1", 0.0, 10.0, inf, "status", "1"),
    Quantity("river_level", "mm", -10000.0, 30000.0, inf, "mean", "mm"),
    Quantity("river_flow", "L s⁻¹", 0.0, 20000000.0, inf, "mean", "L/s"),
    # of the water table: its height above the sea, and how deep below the ground
    Quantity("groundwater_level", "m", -500.0, 5000.0, inf, "mean", "m"),
    Quantity("groundwater_depth", "m", -100.0, 1500.0, inf, "mean", "m"),
    # the device itself
    Quantity("battery_voltage", "V", 0.0, 40.0, inf, "status", "V"),
    Quantity("battery_level", "%", 0.0, 100.0, inf, "status", "%"),
    Quantity("battery_life", "d", 0.0, 65535.0, inf, "status", "d"),
    Quantity("external_temperature", "°C", -55.0, 125.0, 30.0, "mean", "Cel"),
    Quantity("device_temperature", "°C", -40.0, 85.0, inf, "mean", "Cel"),
    Quantity("input_voltage", "V", -50.0, 50.0, inf, "status", "V"),
    Quantity("analog_input", "1", -327.68, 327.67, inf, "status", "1"),
    Quantity("digital_input", "1", 0.0, 255.0, inf, "status", "1"),
    Quantity("pulse_count", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("pulse_total", "1", 0.0, inf, inf, "counter", "1"),
    Quantity("motion_count", "1", 0.0, 65535.0, inf, "status", "1"),
    Quantity("distance", "mm", 0.0, 65535.0, inf, "mean", "mm"),
    Quantity("tilt", "°", 0.0, 180.0, inf, "status", "deg"),
    Quantity("tilt_x", "°", -180.0, 180.0, inf, "status", "deg"),
    Quantity("tilt_y", "°", -180.0, 180.0, inf, "status", "deg"),
    Quantity("compass_heading", "°", 0.0, 360.0, inf, "status", "deg"),
    Quantity("wind_speed_north", "m s⁻¹", -60.0, 60.0, inf, "mean", "m/s", "northward_wind"),
    Quantity("wind_speed_east", "m s⁻¹", -60.0, 60.0, inf, "mean", "m/s", "eastward_wind"),
    Quantity("rssi", "dBm", -200.0, 20.0, inf, "status", "dB[mW]"),
    Quantity("snr", "dB", -40.0, 40.0, inf, "status", "dB"),
)

QUANTITIES: dict[str, Quantity] = {row.name: row for row in _ROWS}
